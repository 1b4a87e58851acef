from django.conf import settings
from django.db import models


class PaymentOrder(models.Model):
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    order_id = models.CharField(max_length=64, unique=True)
    plan = models.PositiveIntegerField()
    amount = models.PositiveIntegerField(help_text="in paise")
    mode = models.CharField(max_length=4)
    status = models.CharField(max_length=20)
