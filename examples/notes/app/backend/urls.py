from django.urls import path

from authentication import views as authentication
from documents import views as documents
from payments import views as payments
from prompts import views as prompts

from . import status

urlpatterns = [
    path("", prompts.index),
    path("health/", status.health),
    path("api/v1/status/", status.status),
    path("api/v1/auth/login/", authentication.login),
    path("api/v1/prompts/", prompts.prompts),
    path("api/v1/prompts/<int:number>/", prompts.prompt),
    path("api/v1/llm-models/", prompts.llm_models),
    path("api/v1/folders/", prompts.folders),
    path("api/v1/payments/config/", payments.config),
    path("api/v1/payments/create-order/", payments.create_order),
    path("api/v1/payments/orders/<str:order_id>/cancel/", payments.cancel_order),
    path("api/v1/documents/upload/", documents.upload),
    path("api/v1/documents/<int:number>/", documents.document),
]
