"""Facts about EC2 instances, CML hosts and licences, and the rules that judge them: no clock, no I/O."""
