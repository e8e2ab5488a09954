"""A sensor that is lost while there is advice on the page."""

from __future__ import annotations

from typing import Any

from benchmarks.page_show import Reel, Show, a_rep
from kickback.live.link import LinkNow


def test_a_lost_sensor_is_said_before_all_advice(look: Any) -> None:
    links = [LinkNow("streaming", at_s=1.0, age_s=0.1, rate_hz=100.0)]
    with Show(Reel("clean_set", leg="right"), links=[lambda: links[-1]], live=True) as show:
        watch = look(show.url)
        show.feed(a_rep(4))
        watch.until("document.querySelector('.word')?.dataset.kind === 'caution'")
        links.append(LinkNow("lost", at_s=5.0, age_s=4.0, rate_hz=100.0))
        show.publish(show.model.look())
        watch.until("document.querySelector('.word')?.dataset.kind === 'bad'")
        assert "lost" in watch.text(".word-big").casefold()
        watch.all_well()
