from django.conf import settings
from django.db import models


class Folder(models.Model):
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    name = models.CharField(max_length=100)


class LlmModel(models.Model):
    name = models.CharField(max_length=100, unique=True)
    provider = models.CharField(max_length=100)


class Prompt(models.Model):
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    folder = models.ForeignKey(Folder, models.SET_NULL, null=True)
    title = models.CharField(max_length=200)
    text = models.TextField()
    summary = models.CharField(max_length=200, default="")
    created_at = models.DateTimeField(auto_now_add=True)
