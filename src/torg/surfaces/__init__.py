"""What people see: pages by audience, without rules of their own."""
