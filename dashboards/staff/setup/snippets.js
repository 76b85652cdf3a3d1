// What a sensor is told: where to send what, ready to copy for a terminal, for Python and for a microcontroller.

const SAMPLES = {
  presence: { present: true },
  motion: { motion: true },
  count: { people: 3 },
  door: { open: true, locked: null },
  charging: { port: 1, state: "idle", power_w: 0, energy_wh: 0, session: null },
  climate: { co2_ppm: 620, temp_c: 22.5, rh_pct: 45 },
  button: { action: "check_in", code: null },
  lending: { slot: 1, present: true },
  screen: { battery_pct: 100 },
};

// A screen sends nothing but its health.
export const topicOf = (device) => `fs/v1/${device.site}/dev/${device.id}/up/${device.kind === "screen" ? "health" : device.kind}`;
export const payloadOf = (kind) => JSON.stringify(SAMPLES[kind]);

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
// JSON's own words for true and null are others in Python.
const python = (kind) =>
  JSON.stringify(SAMPLES[kind]).replaceAll(":true", ": True").replaceAll(":false", ": False").replaceAll(":null", ": None").replaceAll(",", ", ");

export function terminal(device, { host, port, tls }, { username, password }) {
  const secure = tls ? " --tls-use-os-certs" : "";
  return `mosquitto_pub -h ${host} -p ${port}${secure} -q 1 -u ${quoted(username)} -P ${quoted(password)} -t ${quoted(topicOf(device))} -m ${quoted(payloadOf(device.kind))}`;
}

export function pythonSnippet(device, { host, port, tls }, { username, password }) {
  return `# pip install paho-mqtt
import json, time
import paho.mqtt.client as mqtt

client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=${JSON.stringify(device.id)})
client.username_pw_set(${JSON.stringify(username)}, ${JSON.stringify(password)})
${tls ? "client.tls_set()\n" : ""}client.connect(${JSON.stringify(host)}, ${port})
client.loop_start()
boot, seq = str(time.time_ns()), 0
while True:
    reading = {"boot": boot, "seq": seq, **${python(device.kind)}}  # what your sensor says now
    client.publish(${JSON.stringify(topicOf(device))}, json.dumps(reading), qos=1).wait_for_publish()
    seq += 1
    time.sleep(30)
`;
}

export function microSnippet(device, { host, port, tls }, { username, password }) {
  return `# mip.install("umqtt.simple"); the network is connected already
import json, time, machine
from umqtt.simple import MQTTClient

client = MQTTClient(${JSON.stringify(device.id)}, ${JSON.stringify(host)}, port=${port}, user=${JSON.stringify(username)},
                    password=${JSON.stringify(password)}, keepalive=60${tls ? ", ssl=True" : ""})
client.connect()
boot, seq = str(machine.unique_id().hex()) + "-" + str(time.ticks_us()), 0
while True:
    reading = {"boot": boot, "seq": seq}
    reading.update(${python(device.kind)})  # what your sensor says now
    client.publish(b${JSON.stringify(topicOf(device))}, json.dumps(reading), qos=1)
    seq += 1
    time.sleep(30)
`;
}
