"""Prices that have not begun: what is to come in a list, and taking it back."""

from torg.pricing.schedule.keep import Scheduled, cancel_scheduled, scheduled_prices

__all__ = ["Scheduled", "cancel_scheduled", "scheduled_prices"]
