"""The page, and the lists behind a login."""

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render

from backend.api import body_of, endpoint, refusal, text_in

from .models import Folder, LlmModel, Prompt


def index(request):
    return render(request, "index.html", {"models": LlmModel.objects.order_by("name"), "release": settings.RELEASE})


def listed(rows):
    return JsonResponse({"count": len(rows), "results": rows})


def shown(prompt):
    return {"id": prompt.pk, "title": prompt.title, "text": prompt.text, "summary": prompt.summary, "folder": prompt.folder_id}


@endpoint("GET", "POST")
def prompts(request):
    """GET: the user's prompts. POST {"title", "text", "summary"?, "folder"?}: 201 and the stored one."""
    if request.method == "GET":
        return listed([shown(prompt) for prompt in Prompt.objects.filter(owner=request.user).order_by("id")])
    body = body_of(request)
    title, text = text_in(body, "title"), text_in(body, "text", longest=20_000)
    if title is None or text is None:
        return refusal(400, "title and text are needed")
    folder = Folder.objects.filter(owner=request.user, pk=body["folder"]).first() if "folder" in body else None
    prompt = Prompt.objects.create(
        owner=request.user, title=title, text=text, summary=text_in(body, "summary") or "", folder=folder
    )
    return JsonResponse(shown(prompt), status=201)


@endpoint("GET", "DELETE")
def prompt(request, number):
    found = Prompt.objects.filter(owner=request.user, pk=number).first()
    if found is None:
        return refusal(404, "there is no such prompt")
    if request.method == "GET":
        return JsonResponse(shown(found))
    found.delete()
    return HttpResponse(status=204)


@endpoint("GET")
def llm_models(request):
    return listed(list(LlmModel.objects.order_by("name").values("id", "name", "provider")))


@endpoint("GET")
def folders(request):
    return listed(list(Folder.objects.filter(owner=request.user).order_by("name").values("id", "name")))
