"""Tests of the rules: small captures, and what each rule finds in them."""
