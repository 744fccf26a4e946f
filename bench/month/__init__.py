"""A month of bookings on a virtual clock: promises kept, hours and cost, against three other ways to run a fleet."""
