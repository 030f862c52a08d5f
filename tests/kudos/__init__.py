"""Tests of kudos."""
