"""Shipments: goods are packed in parcels, booked with a carrier, labelled, and leave."""
