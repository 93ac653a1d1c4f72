"""What a reset changes is told, shortly."""

from __future__ import annotations

from torch import nn

from harness.diagnose.atlas.structure import changes, parts, pool, snapshot


class Model(nn.Module):
    def __init__(self, pooling: str = "avg") -> None:
        super().__init__()
        self.global_pool = pooling
        self.attn_pool: nn.Module = nn.Sequential(nn.Linear(4, 4), nn.LayerNorm(4))
        self.head = nn.Sequential(nn.LayerNorm(4), nn.Dropout(0.25), nn.Linear(4, 2))


HEADS = ("head.2",)


def test_the_head_itself_is_no_change() -> None:
    model = Model()
    before = snapshot(model, HEADS)
    model.head[2] = nn.Linear(4, 7)
    assert changes(before, snapshot(model, HEADS)) == []


def test_what_is_lost_new_and_other() -> None:
    before = snapshot(Model(), HEADS)
    changed = Model("token")
    changed.attn_pool = nn.Identity()
    changed.head[1] = nn.Dropout(0.0)
    changed.extra = nn.Sequential(nn.Linear(4, 4))
    assert changes(before, snapshot(changed, HEADS)) == [
        "lost attn_pool.0: Linear(in_features=4, out_features=4, bias=True)",
        f"lost attn_pool.1: {nn.LayerNorm(4)}",
        "new extra: Sequential()",
        "global_pool: 'avg' -> 'token'",
        "attn_pool: Sequential() -> Identity()",
        "head.1: Dropout(p=0.25, inplace=False) -> Dropout(p=0.0, inplace=False)",
    ]


def test_parts_and_pooling() -> None:
    model = Model()
    assert parts(model, HEADS) == ["norm", "dropout"]
    assert pool(model, HEADS) == "avg + Sequential"
    model.head[1].p = 0.0
    assert parts(model, HEADS) == ["norm"]
