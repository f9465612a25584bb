"""Readers of formats and services that several datasets share."""
