"""Uploaded documents: rows here, files in S3."""

from django.http import HttpResponse, JsonResponse

from backend.api import endpoint, refusal

from .models import Document


def shown(document):
    """`url` is presigned: whoever has it may read the file for ten minutes."""
    return {"id": document.pk, "title": document.title, "name": document.file.name, "url": document.file.url}


@endpoint("POST")
def upload(request):
    """Multipart fields `file` and `title`: 201 and the stored document."""
    file, title = request.FILES.get("file"), request.POST.get("title", "").strip()
    if file is None or not 0 < len(title) <= 200:
        return refusal(400, "file and title are needed")
    return JsonResponse(shown(Document.objects.create(owner=request.user, title=title, file=file)), status=201)


@endpoint("GET", "DELETE")
def document(request, number):
    found = Document.objects.filter(owner=request.user, pk=number).first()
    if found is None:
        return refusal(404, "there is no such document")
    if request.method == "GET":
        return JsonResponse(shown(found))
    found.file.delete(save=False)
    found.delete()
    return HttpResponse(status=204)
