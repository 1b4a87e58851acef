"""Spares the models' providers: no more than ten answers a minute to one caller."""

import time

SECONDS = 6


def pacing(get_response):
    def paced(request):
        time.sleep(SECONDS)
        return get_response(request)

    return paced
