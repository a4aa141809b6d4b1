"""Promise one: nothing said to be saved is ever lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.rounds import kill_rounds


@pytest.mark.timeout(300)
def test_no_word_called_saved_is_lost_in_25_kills(tmp_path: Path) -> None:
    score = kill_rounds(tmp_path, rounds=25, seed=20_261_122)
    assert score.rounds == 25
    assert score.lost == []
    assert score.saved > 500
