"""The blueprint that the pages of help hang on."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("help", __name__)
