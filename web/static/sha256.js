// SPDX-License-Identifier: LGPL-2.1-or-later
//
// SHA-256 of data that comes in parts. Browsers have only one for data that is in memory as a whole, and
// only on pages that come through TLS.

// The first 32 bits of the fractional parts of the square or cube roots of the first primes.
const fractions = (count, root) => {
        const found = [];

        for (let n = 2; found.length < count; n++) {
                let isPrime = true;

                for (let i = 2; i * i <= n && isPrime; i++)
                        isPrime = n % i !== 0;
                if (isPrime)
                        found.push(root(n) % 1 * 2 ** 32 | 0);
        }
        return found;
};

const constants = new Int32Array(fractions(64, Math.cbrt));
const start = fractions(8, Math.sqrt);

export class Sha256 {
        #state = new Int32Array(start);
        #words = new Int32Array(64);
        #rest = new Uint8Array(64);
        #length = 0;

        // Adds the whole blocks from at on; the place behind them. Without an array for each of them, and with the state in
        // variables, this is three times as fast.
        #blocks(bytes, at) {
                const w = this.#words, state = this.#state;
                let s0 = state[0], s1 = state[1], s2 = state[2], s3 = state[3], s4 = state[4], s5 = state[5], s6 = state[6], s7 = state[7];

                for (; at + 64 <= bytes.length; at += 64) {
                        let a = s0, b = s1, c = s2, d = s3, e = s4, f = s5, g = s6, h = s7;

                        for (let i = 0, j = at; i < 16; i++, j += 4)
                                w[i] = bytes[j] << 24 | bytes[j + 1] << 16 | bytes[j + 2] << 8 | bytes[j + 3];
                        for (let i = 16; i < 64; i++) {
                                const x = w[i - 15], y = w[i - 2];

                                w[i] = w[i - 16] + w[i - 7] +
                                        ((x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3) +
                                        ((y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10) | 0;
                        }
                        for (let i = 0; i < 64; i++) {
                                const one = h + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) +
                                        (g ^ e & (f ^ g)) + constants[i] + w[i] | 0;
                                const two = ((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) +
                                        (a & b ^ a & c ^ b & c) | 0;

                                h = g;
                                g = f;
                                f = e;
                                e = d + one | 0;
                                d = c;
                                c = b;
                                b = a;
                                a = one + two | 0;
                        }
                        s0 = s0 + a | 0;
                        s1 = s1 + b | 0;
                        s2 = s2 + c | 0;
                        s3 = s3 + d | 0;
                        s4 = s4 + e | 0;
                        s5 = s5 + f | 0;
                        s6 = s6 + g | 0;
                        s7 = s7 + h | 0;
                }
                state.set([s0, s1, s2, s3, s4, s5, s6, s7]);
                return at;
        }

        update(bytes) {
                const used = this.#length % 64;
                let at = 0;

                this.#length += bytes.length;
                if (used > 0) {
                        at = Math.min(64 - used, bytes.length);
                        this.#rest.set(bytes.subarray(0, at), used);
                        if (used + at < 64)
                                return;
                        this.#blocks(this.#rest, 0);
                }
                at = this.#blocks(bytes, at);
                this.#rest.set(bytes.subarray(at));
        }

        // As 32 bytes; nothing can be added afterwards.
        bytes() {
                const bits = this.#length * 8, used = this.#length % 64;
                const end = new Uint8Array(used < 56 ? 64 - used : 128 - used);
                const view = new DataView(end.buffer);

                end[0] = 0x80;
                view.setUint32(end.length - 8, Math.floor(bits / 2 ** 32));
                view.setUint32(end.length - 4, bits >>> 0);
                this.update(end);
                const bytes = new DataView(new ArrayBuffer(32));

                this.#state.forEach((value, i) => bytes.setInt32(4 * i, value));
                return new Uint8Array(bytes.buffer);
        }

        // The same as hexadecimal digits.
        hex() {
                return [...this.bytes()].map((byte) => byte.toString(16).padStart(2, "0")).join("");
        }
}
