"""Names of configuration fields that earlier versions used, and what became of them."""

from collections.abc import Mapping, Sequence
from typing import Any

RENAMED = {
    "optimizer.average": "ema_momentum",
    "optimizer.encoder_rate": "encoder_lr_multiplier",
    "training.anchor": "wise_ft_alpha",
}
"""Fields by their old name, and their new one in the same group."""

CONVERTED = {"training.anchor": lambda initial_share: 1 - initial_share}
"""How the values of renamed fields are converted that had another meaning."""

EXTRA, EXTRA_SHARE = "extra", "extra_share"  # of the group "data": the only further data set, and its share
DEFAULT_SHARE = 0.25


def update(
    groups: Mapping[str, Mapping[str, Any]], extras: Sequence[tuple[str, float]] = ()
) -> dict[str, dict[str, Any]]:
    """Returns values by the names of today.

    Args:
        groups: Values by group and key, of today or earlier.
        extras: The further data sets that are configured already: the old pair of fields may change a half.
    """
    result: dict[str, dict[str, Any]] = {}
    for group, values in groups.items():
        result[group] = {}
        for key, value in values.items():
            place = f"{group}.{key}"
            convert = CONVERTED.get(place, lambda unchanged: unchanged)
            result[group][RENAMED.get(place, key)] = convert(value) if _is_number(value) else value
    data = result.get("data", {})
    if EXTRA in data or EXTRA_SHARE in data:
        name, share = extras[0] if extras else (None, DEFAULT_SHARE)
        name, share = data.pop(EXTRA, name), data.pop(EXTRA_SHARE, share)
        data["extras"] = [[name, share]] if name and share else []
    return result


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
