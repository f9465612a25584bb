"""The steps as Dagster knows them: assets, checks, sensors, and how a run whose process died is told from one that works.

Beside `pipelines/definitions.py`, the only package that imports dagster. Every step calls the same plain functions as the command line and
reports what they returned.
"""
