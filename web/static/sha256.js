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

        #block(bytes, at) {
                const w = this.#words, state = this.#state;
                let [a, b, c, d, e, f, g, h] = state;

                for (let i = 0; i < 16; i++, at += 4)
                        w[i] = bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3];
                for (let i = 16; i < 64; i++) {
                        const x = w[i - 15], y = w[i - 2];

                        w[i] = w[i - 16] + w[i - 7] +
                                ((x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3) +
                                ((y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10) | 0;
                }
                for (let i = 0; i < 64; i++) {
                        const one = h + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) +
                                (e & f ^ ~e & g) + constants[i] + w[i] | 0;
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
                [a, b, c, d, e, f, g, h].forEach((value, i) => {
                        state[i] = state[i] + value | 0;
                });
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
                        this.#block(this.#rest, 0);
                }
                for (; at + 64 <= bytes.length; at += 64)
                        this.#block(bytes, at);
                this.#rest.set(bytes.subarray(at));
        }

        // As 64 hexadecimal digits; nothing can be added afterwards.
        hex() {
                const bits = this.#length * 8, used = this.#length % 64;
                const end = new Uint8Array(used < 56 ? 64 - used : 128 - used);
                const view = new DataView(end.buffer);

                end[0] = 0x80;
                view.setUint32(end.length - 8, Math.floor(bits / 2 ** 32));
                view.setUint32(end.length - 4, bits >>> 0);
                this.update(end);
                return [...this.#state].map((value) => (value >>> 0).toString(16).padStart(8, "0")).join("");
        }
}
