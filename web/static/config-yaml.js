// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Where the config lines are in the YAML of a spec or a blueprint, for the marks beside it. Reads the forms in which
// people write them: one value a line, or all of them in one line between brackets. Leaves out values over several
// lines; saving checks these too.

const ITEM = /^(\s*-\s+)(.*)$/;

const unescape = (raw) => {
        try {
                return JSON.parse(`"${raw}"`);
        } catch {
                return raw;
        }
};

// A value that begins at an offset of the line; stops: what ends one without quotes. null: it is none of one line.
const readValue = (line, offset, stops) => {
        const rest = line.slice(offset);
        const [, double] = /^"((?:[^"\\]|\\.)*)"/.exec(rest) ?? [], [, single] = /^'((?:[^']|'')*)'/.exec(rest) ?? [];

        if (double !== undefined)
                return { at: offset + 1, raw: double, line: unescape(double), next: offset + double.length + 2 };
        if (single !== undefined)
                return { at: offset + 1, raw: single, line: single.replaceAll("''", "'"), next: offset + single.length + 2 };
        if (/^["'|>&*!{[]/.test(rest))
                return null;
        const raw = stops.exec(rest)[0].trimEnd();

        return { at: offset, raw, line: raw, next: offset + raw.length };
};

const valuesBetweenBrackets = (line, offset) => {
        const values = [];

        for (let i = offset; line[i] !== "]" && i < line.length;) {
                const value = line[i] === " " || line[i] === "," ? { next: i + 1 } : readValue(line, i, /^(?:[^,\] ]| (?!#))*/);

                if (!value || value.next === i)
                        break;
                if (value.raw !== undefined)
                        values.push(value);
                i = value.next;
        }
        return values;
};

// [{number, start, end, line}]: the number of the line in the text, the value's place in the text, and what it says.
export const configPieces = (text) => {
        const pieces = [];
        let start = 0, isWithin = false;

        text.split("\n").forEach((line, i) => {
                const key = /^config\s*:\s*(\[)?/.exec(line), item = isWithin ? ITEM.exec(line) : null;
                let values = [];

                if (key?.[1])
                        values = valuesBetweenBrackets(line, key[0].length);
                else if (item)
                        values = [readValue(line, item[1].length, /^(?:[^ ]| (?!#))*/)];
                if (/^[^\s#-]/.test(line))
                        isWithin = key !== null;
                for (const value of values.filter(Boolean))
                        pieces.push({
                                number: i + 1, start: start + value.at, end: start + value.at + value.raw.length, line: value.line,
                        });
                start += line.length + 1;
        });
        return pieces;
};
