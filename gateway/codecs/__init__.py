"""What devices of other makers say, in the words of our contract.

Fed by the topics and payloads of Zigbee2MQTT, Tasmota, Shelly, LoRaWAN network servers and OCPP relays. Feeds the
decoding of the gateway with readings. Every codec is pure and remembers nothing: order, repeats and clocks are the
gateway's, to which a codec hands the identity (`boot` and `seq`, or `ts`) that the vendor gives.
"""
