"""The blueprint that the home pages share."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("home", __name__)
