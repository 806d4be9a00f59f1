"""How passwords are hashed."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2id with the parameters of OWASP's password storage cheat sheet: 19 MiB, two passes, one lane.

    Django's own parameters need 100 MiB per try: eight tries at the same time, which any stranger can send, would need
    800 MiB on a small server.
    """

    memory_cost = 19_456
    time_cost = 2
    parallelism = 1
