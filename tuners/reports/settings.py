"""Sections on settings and scores, and what stands in their place while there are none."""

from tuners.plots.settings import settings_picture
from tuners.reports.markup import Section, note


def without_score(title):
    """Returns the `Section` of a search in which no trial has a score."""
    return Section(title, (note("No trial has a score yet."),))


def section_of_settings(search, title, draw):
    """Returns a `Section` on the settings of the trials, or None where nothing is tunable.

    Args:
        search: A `Search`.
        title: Heading of the section.
        draw: Function of a `SettingsPicture` that returns the parts of the section.
    """
    if not search.parameters:
        return None
    return Section(title, draw(settings_picture(search))) if search.scored else without_score(title)
