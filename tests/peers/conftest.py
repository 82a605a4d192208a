"""Fixtures of the comparisons with other simulators."""

import logging

import brian2
import pytest


@pytest.fixture(autouse=True)
def _numpy_target():
    """Run on the numpy target, and restore the preferences of Brian2."""
    target, dt = brian2.prefs.codegen.target, brian2.defaultclock.dt
    brian2.prefs.codegen.target = "numpy"
    yield
    brian2.prefs.codegen.target = target
    brian2.defaultclock.dt = dt


@pytest.fixture(autouse=True)
def _quiet_dendrify():
    """Silence the warnings that Dendrify logs for missing parameters."""
    loggers = [
        logging.getLogger(name)
        for name in logging.root.manager.loggerDict
        if name.split(".")[0] == "dendrify"
    ]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    yield
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)
