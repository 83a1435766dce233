"""Replays every exchange between tracing clients and a server."""

from pathlib import Path

import pytest
from wire.replay import Story, play, stories

STORIES = stories(Path(__file__).parent / "stories")


@pytest.mark.parametrize("story", STORIES, ids=[story.name for story in STORIES])
def test_the_server_answers_as_in_the_story(story: Story, caller, on_reference):
    if on_reference and story.ours_only:
        pytest.skip(story.ours_only)
    play(story, caller, on_reference)
