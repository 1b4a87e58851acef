from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class CustomUserManager(BaseUserManager):
    def create_user(self, email, password):
        user = self.model(email=self.normalize_email(email))
        user.set_password(password)
        user.save()
        return user


class CustomUser(AbstractBaseUser):
    """Who logs in, by e-mail address."""

    email = models.EmailField(unique=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CustomUserManager()
    USERNAME_FIELD = "email"


class TaskEffect(models.Model):
    """What work_task(n) did: one row a number; `times` above 1 is a task that was carried out again."""

    number = models.PositiveIntegerField(unique=True)
    times = models.PositiveIntegerField(default=0)
