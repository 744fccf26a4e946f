"""Answers on the screen: tables for people, JSON and YAML for scripts."""
