"""The blueprint that the pages of kudos hang on."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("kudos", __name__)
