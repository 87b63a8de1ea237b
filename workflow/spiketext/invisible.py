"""Characters that nobody sees in a text."""

# Soft hyphens, zero-width spaces, marks of direction and of byte order.
INVISIBLE = "".join(
    map(chr, (0xAD, 0x61C, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF))
)
# Join or part the characters beside them: within words, emoji and some scripts change their meaning by them.
JOINERS = "\u200c\u200d"
