// Passkeys: the browser makes and uses them; what goes to and fro is WebAuthn's JSON form.

import { post } from "../shared/http.js";
import { words } from "../shared/words.js";
import { take } from "./me.js";

// Whether there is a point in offering one: browsers allow them on https and on localhost, not at a bare address.
export function possible() {
  return "PublicKeyCredential" in window && window.isSecureContext && !/^[\d.]+$|^\[/.test(location.hostname);
}

export async function signUp(name) {
  const { options } = await post("/me/passkeys/sign-up-options", { name });
  return take(await post("/me/passkeys/sign-up", { name, answer: await create(options) }));
}

export async function signIn() {
  const { options } = await post("/me/passkeys/sign-in-options");
  const publicKey = { ...options, challenge: bytes(options.challenge), allowCredentials: [] };
  const credential = await quietly(() => navigator.credentials.get({ publicKey }));
  const response = credential.response;
  return take(
    await post("/me/passkeys/sign-in", {
      answer: {
        ...shown(credential),
        response: {
          clientDataJSON: text(response.clientDataJSON),
          authenticatorData: text(response.authenticatorData),
          signature: text(response.signature),
          userHandle: response.userHandle ? text(response.userHandle) : null,
        },
      },
    }),
  );
}

export async function add() {
  const { options } = await post("/me/passkeys/options");
  return take(await post("/me/passkeys", { answer: await create(options) }));
}

async function create(options) {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: (options.excludeCredentials ?? []).map((one) => ({ ...one, id: bytes(one.id) })),
  };
  const credential = await quietly(() => navigator.credentials.create({ publicKey }));
  return {
    ...shown(credential),
    response: {
      clientDataJSON: text(credential.response.clientDataJSON),
      attestationObject: text(credential.response.attestationObject),
    },
  };
}

const shown = (credential) => ({ id: credential.id, rawId: text(credential.rawId), type: credential.type });

// Whoever closes the browser's own dialog has not made a mistake; its English reasons help nobody.
async function quietly(ceremony) {
  try {
    return await ceremony();
  } catch {
    throw new Error(words("resident.passkey_failed"));
  }
}

function bytes(base64url) {
  const binary = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

function text(buffer) {
  let binary = "";
  for (const byte of new Uint8Array(buffer)) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
