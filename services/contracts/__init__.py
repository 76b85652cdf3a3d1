"""The vocabulary of foldspace: names, topics, payloads, files, policy, texts and errors.

Fed by nothing: it is pure data. Feeds every other room; devices and other programs rely on it (contract
version 1).
"""
