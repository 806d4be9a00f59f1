"""How passwords are kept."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2id with the figures of OWASP's password storage sheet: 19 MiB, two passes, one lane.

    Django's own take 100 MiB a try: eight tries at once, which any stranger can send, would take 800 MiB of a small
    server.
    """

    memory_cost = 19_456
    time_cost = 2
    parallelism = 1
