"""A stand-in for the AWS account: moto behind a gateway, with the things that moto leaves out.

Instance states take time, ClientToken is honoured, state outlives the process, capacity can run out, and CloudWatch
follows the load of the CML hosts. moto keeps its state in the process: there is one cloud per process.
"""
