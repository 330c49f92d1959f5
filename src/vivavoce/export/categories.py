"""The categories of Apple's podcasts; a feed with any other is refused there. Pure."""

from typing import Final

CATEGORIES: Final[dict[str, tuple[str, ...]]] = {
    "Arts": ("Books", "Design", "Fashion & Beauty", "Food", "Performing Arts", "Visual Arts"),
    "Business": (
        *("Careers", "Entrepreneurship", "Investing", "Management", "Marketing", "Non-Profit"),
    ),
    "Comedy": ("Comedy Interviews", "Improv", "Stand-Up"),
    "Education": ("Courses", "How To", "Language Learning", "Self-Improvement"),
    "Fiction": ("Comedy Fiction", "Drama", "Science Fiction"),
    "Government": (),
    "Health & Fitness": (
        *("Alternative Health", "Fitness", "Medicine", "Mental Health", "Nutrition", "Sexuality"),
    ),
    "History": (),
    "Kids & Family": ("Education for Kids", "Parenting", "Pets & Animals", "Stories for Kids"),
    "Leisure": (
        *("Animation & Manga", "Automotive", "Aviation", "Crafts", "Games", "Hobbies"),
        *("Home & Garden", "Video Games"),
    ),
    "Music": ("Music Commentary", "Music History", "Music Interviews"),
    "News": (
        *("Business News", "Daily News", "Entertainment News", "News Commentary", "Politics"),
        *("Sports News", "Tech News"),
    ),
    "Religion & Spirituality": (
        *("Buddhism", "Christianity", "Hinduism", "Islam", "Judaism", "Religion"),
        *("Spirituality",),
    ),
    "Science": (
        *("Astronomy", "Chemistry", "Earth Sciences", "Life Sciences", "Mathematics"),
        *("Natural Sciences", "Nature", "Physics", "Social Sciences"),
    ),
    "Society & Culture": (
        *("Documentary", "Personal Journals", "Philosophy", "Places & Travel", "Relationships"),
    ),
    "Sports": (
        *("Baseball", "Basketball", "Cricket", "Fantasy Sports", "Football", "Golf", "Hockey"),
        *("Rugby", "Running", "Soccer", "Swimming", "Tennis", "Volleyball", "Wilderness"),
        *("Wrestling",),
    ),
    "TV & Film": ("After Shows", "Film History", "Film Interviews", "Film Reviews", "TV Reviews"),
    "Technology": (),
    "True Crime": (),
}
"""Each with those below it (Apple Podcasts for Creators, "Apple Podcasts categories")."""


def categorised(text: str) -> str:
    """Return ``text``, such as ``News`` or ``News: Politics``, as Apple spells it.

    Raises ``ValueError`` with those that there are.
    """
    outer, _, inner = (part.strip() for part in text.partition(":"))
    above = _same(outer, CATEGORIES)
    if above is None:
        raise ValueError(f"is none of Apple's categories: {'; '.join(CATEGORIES)}")
    if not inner:
        return above
    below = _same(inner, CATEGORIES[above])
    if below is None:
        listed = "; ".join(CATEGORIES[above]) or "nothing"
        raise ValueError(f"is none of Apple's categories: below {above} there is {listed}")
    return f"{above}: {below}"


def _same(name: str, known: dict[str, tuple[str, ...]] | tuple[str, ...]) -> str | None:
    return next((one for one in known if one.casefold() == name.casefold()), None)
