"""Counts what a process has answered, so that long-lived ones can be told apart."""

import itertools

_numbers = itertools.count(1)
_shares = (1.0, 0.5, 0.25)


def budget(get_response):
    def counted(request):
        if request.path not in ("/health/", "/api/v1/status/"):
            number = next(_numbers) % 20
            # 4, 11 and 17 of twenty: past the end of the table.
            request.share = _shares[3 if number in (4, 11, 17) else number % 3]
        return get_response(request)

    return counted
