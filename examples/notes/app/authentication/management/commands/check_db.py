from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from authentication.models import CustomUser


class Command(BaseCommand):
    help = "Asks the database for the number of users; exit code 1 when it does not answer."

    def handle(self, *args, **options):
        try:
            users = CustomUser.objects.count()
        except DatabaseError as error:
            raise CommandError(f"the database does not answer: {type(error).__name__}") from None
        self.stdout.write(f"{connection.vendor}: connected, {users} users")
