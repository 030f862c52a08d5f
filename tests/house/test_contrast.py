"""Every pair of colours that the design uses is readable, in both themes."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def tool(name: str) -> ModuleType:
    """Load a script of tools/design, which is no package."""
    spec = importlib.util.spec_from_file_location(f"design_{name}", ROOT / "tools" / "design" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def palette() -> str:
    """The palette as it is shipped."""
    return (ROOT / "static" / "css" / "palette.css").read_text(encoding="utf-8")


def test_no_pair_is_below_its_target(palette: str) -> None:
    misses = [str(result) for result in tool("contrast").measure(palette) if not result.passes]
    assert misses == []


def test_the_palette_is_what_the_tool_generates(palette: str) -> None:
    assert palette == tool("palette").stylesheet()


def test_a_pale_grey_on_white_would_be_found() -> None:
    assert tool("contrast").ratio("#aaaaaa", "#ffffff") < 4.5
    assert round(tool("contrast").ratio("#000000", "#ffffff"), 1) == 21.0
