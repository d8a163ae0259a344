"""The number a client has to factorize before the server spends time on it.

https://core.telegram.org/mtproto/auth_key#proof-of-work
"""

from __future__ import annotations

from random import Random

SMALL_BITS, LARGE_BITS = 16, 31
"""Lengths of p and q. Telegram's have 31 bits both, which costs Telethon 40 ms a login; and where
they are of like size, Telethon now and then finds 1 and pq (once in 3,000 times at 24 bits), which
no server takes. The search is as long as the smaller one demands."""


def draw_factors(rng: Random) -> tuple[int, int]:
    """p and q, the smaller first.

    Telethon reads the bytes of pq as a signed number. Of 46 or 47 bits, it has a clear first one.
    """
    return _draw_prime(rng, SMALL_BITS), _draw_prime(rng, LARGE_BITS)


def _draw_prime(rng: Random, bits: int) -> int:
    while True:
        number = rng.getrandbits(bits) | 1 << (bits - 1) | 1
        if is_prime(number):
            return number


def is_prime(number: int) -> bool:
    """Whether an odd number from 9 to 2^31 is prime: Miller and Rabin's test, with bases that leave
    no doubt up to there."""
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    return not any(_proves_composite(base, number, odd, twos) for base in (2, 3, 5, 7))


def _proves_composite(base: int, number: int, odd: int, twos: int) -> bool:
    power = pow(base, odd, number)
    if power in (1, number - 1):
        return False
    for _ in range(twos - 1):
        power = power * power % number
        if power == number - 1:
            return False
    return True
