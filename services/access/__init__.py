"""Who may talk to the broker: credentials and topic rights of devices and parts, and claims of newcomers.

Fed by the devices of the catalogue and by what staff add, rotate, revoke and claim. Feeds Mosquitto's dynamic security
plugin, the embedded broker's door, and the gateway, which asks for signing keys.
"""
