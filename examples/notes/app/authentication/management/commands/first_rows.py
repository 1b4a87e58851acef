import os

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from authentication.models import CustomUser
from backend.environment import read_env_file
from prompts.models import Folder, LlmModel, Prompt

MODELS = {"Gemini Pro": "Google", "GPT-4o": "OpenAI", "Llama 3 70B": "Together"}
PROMPTS = {
    "Summary": "Summarise the text below in three sentences.",
    "Translation": "Translate the text below, and keep its tone: 你好, Grüße, ¡hola!",
    "Review": "Name the three weakest points of the plan below.",
}


class Command(BaseCommand):
    help = "Fills an empty database: the models, and test@example.com (TEST_USER_PASSWORD) with a folder and prompts."

    @transaction.atomic
    def handle(self, *args, **options):
        values = {**read_env_file(settings.BASE_DIR / ".env"), **os.environ}
        if not values.get("TEST_USER_PASSWORD"):
            raise CommandError("TEST_USER_PASSWORD is not set")
        if CustomUser.objects.exists():
            raise CommandError("there are users already")
        user = CustomUser.objects.create_user("test@example.com", values["TEST_USER_PASSWORD"])
        folder = Folder.objects.create(owner=user, name="Drafts")
        for name, provider in MODELS.items():
            LlmModel.objects.create(name=name, provider=provider)
        for title, text in PROMPTS.items():
            Prompt.objects.create(owner=user, folder=folder, title=title, text=text, summary=text.partition(".")[0])
