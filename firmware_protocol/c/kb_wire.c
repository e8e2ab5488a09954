#include "kb_wire.h"

enum { FLAG_BACKFILL = 0x01, FLAG_OVERFLOW = 0x02, FLAG_CHANGED = 0x04 };

/* --- little-endian numbers, whatever the processor ------------------------------------------------------------- */

static void put16(uint8_t *out, uint16_t value) {
    out[0] = (uint8_t)(value & 0xFFu);
    out[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *out, uint32_t value) {
    put16(out, (uint16_t)(value & 0xFFFFu));
    put16(out + 2, (uint16_t)(value >> 16));
}

static void put64(uint8_t *out, uint64_t value) {
    put32(out, (uint32_t)(value & 0xFFFFFFFFu));
    put32(out + 4, (uint32_t)(value >> 32));
}

static uint16_t get16(const uint8_t *bytes) {
    return (uint16_t)(bytes[0] | (uint16_t)(bytes[1] << 8));
}

static uint32_t get32(const uint8_t *bytes) {
    return get16(bytes) | (uint32_t)get16(bytes + 2) << 16;
}

static uint64_t get64(const uint8_t *bytes) {
    return get32(bytes) | (uint64_t)get32(bytes + 4) << 32;
}

/* A cast of a large unsigned number to a signed one is up to the compiler; this is not. */
static int16_t get_signed16(const uint8_t *bytes) {
    int32_t value = get16(bytes);
    return (int16_t)(value > INT16_MAX ? value - 0x10000 : value);
}

static void put_samples(uint8_t *out, const struct kb_sample *samples, uint8_t count) {
    for (size_t i = 0; i < count; i++, out += KB_SAMPLE_BYTES) {
        for (size_t axis = 0; axis < 3; axis++) {
            put16(out + 2 * axis, (uint16_t)samples[i].acc[axis]);
            put16(out + 6 + 2 * axis, (uint16_t)samples[i].gyr[axis]);
        }
    }
}

static void get_samples(const uint8_t *bytes, struct kb_sample *samples, uint8_t count) {
    for (size_t i = 0; i < count; i++, bytes += KB_SAMPLE_BYTES) {
        for (size_t axis = 0; axis < 3; axis++) {
            samples[i].acc[axis] = get_signed16(bytes + 2 * axis);
            samples[i].gyr[axis] = get_signed16(bytes + 6 + 2 * axis);
        }
    }
}

static size_t packet_bytes(uint8_t count) {
    return KB_HEADER_BYTES + (size_t)KB_SAMPLE_BYTES * count;
}

/* --- what data and back-fill share ------------------------------------------------------------------------------ */

int kb_samples_per_packet(uint16_t mtu) {
    if (mtu < KB_MTU_MIN || mtu > KB_MTU_MAX) return KB_OUT_OF_RANGE;
    return (mtu - KB_ATT_HEADER - KB_HEADER_BYTES) / KB_SAMPLE_BYTES;
}

void kb_uuid(uint8_t out[16], enum kb_attribute which) {
    static const uint8_t base[16] = {0x91, 0x7e, 0x5c, 0x3f, 0x8b, 0x2d, 0x6d, 0x9a,
                                     0x57, 0x4c, 0x0e, 0x1f, 0x00, 0x01, 0x62, 0x6b};
    for (size_t i = 0; i < sizeof base; i++) out[i] = base[i];
    out[12] = (uint8_t)which;
}

uint16_t kb_crc16(uint16_t crc, const uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) {
        crc = (uint16_t)(crc ^ (uint16_t)(bytes[i] << 8));
        for (int bit = 0; bit < 8; bit++) {
            crc = (uint16_t)((crc & 0x8000u) ? (uint16_t)(crc << 1) ^ 0x1021u : (uint16_t)(crc << 1));
        }
    }
    return crc;
}

static uint16_t backfill_sum(const uint8_t *packet, size_t size) {
    return kb_crc16(kb_crc16(0xFFFF, packet, 6), packet + KB_HEADER_BYTES, size - KB_HEADER_BYTES);
}

/* Version, count and length. */
static int check_head(const uint8_t *bytes, size_t size) {
    if (size < KB_HEADER_BYTES + KB_SAMPLE_BYTES) return KB_WRONG_LENGTH;
    if (bytes[0] >> 4 != KB_MAJOR) return KB_WRONG_VERSION;
    if (bytes[1] == 0 || size != packet_bytes(bytes[1])) return KB_WRONG_LENGTH;
    return 0;
}

/* --- data ------------------------------------------------------------------------------------------------------- */

int kb_encode_data(uint8_t *out, size_t room, const struct kb_data *head, const struct kb_sample *samples) {
    if (head->count == 0) return KB_OUT_OF_RANGE;
    if (room < packet_bytes(head->count)) return KB_NO_ROOM;
    out[0] = (uint8_t)(KB_MAJOR << 4 | (head->overflow ? FLAG_OVERFLOW : 0) | (head->changed ? FLAG_CHANGED : 0));
    out[1] = head->count;
    put16(out + 2, head->seq);
    put32(out + 4, head->t_us);
    put_samples(out + KB_HEADER_BYTES, samples, head->count);
    return (int)packet_bytes(head->count);
}

int kb_decode_data(const uint8_t *bytes, size_t size, struct kb_data *head, struct kb_sample *samples, size_t room) {
    int error = check_head(bytes, size);
    if (error) return error;
    if (bytes[0] & FLAG_BACKFILL) return KB_WRONG_KIND;
    if (room < bytes[1]) return KB_NO_ROOM;
    head->overflow = (bytes[0] & FLAG_OVERFLOW) != 0;
    head->changed = (bytes[0] & FLAG_CHANGED) != 0;
    head->count = bytes[1];
    head->seq = get16(bytes + 2);
    head->t_us = get32(bytes + 4);
    get_samples(bytes + KB_HEADER_BYTES, samples, bytes[1]);
    return bytes[1];
}

/* --- back-fill -------------------------------------------------------------------------------------------------- */

int kb_encode_backfill(uint8_t *out, size_t room, uint32_t index, const struct kb_sample *samples, uint8_t count) {
    if (count == 0) return KB_OUT_OF_RANGE;
    if (room < packet_bytes(count)) return KB_NO_ROOM;
    out[0] = KB_MAJOR << 4 | FLAG_BACKFILL;
    out[1] = count;
    put32(out + 2, index);
    put_samples(out + KB_HEADER_BYTES, samples, count);
    put16(out + 6, backfill_sum(out, packet_bytes(count)));
    return (int)packet_bytes(count);
}

int kb_decode_backfill(const uint8_t *bytes, size_t size, uint32_t *index, struct kb_sample *samples, size_t room) {
    int error = check_head(bytes, size);
    if (error) return error;
    if (!(bytes[0] & FLAG_BACKFILL)) return KB_WRONG_KIND;
    if (get16(bytes + 6) != backfill_sum(bytes, size)) return KB_WRONG_SUM;
    if (room < bytes[1]) return KB_NO_ROOM;
    *index = get32(bytes + 2);
    get_samples(bytes + KB_HEADER_BYTES, samples, bytes[1]);
    return bytes[1];
}

/* --- info ------------------------------------------------------------------------------------------------------- */

static bool info_in_range(const struct kb_info *info) {
    return info->acc_lsb_nmps2 && info->gyr_lsb_nradps && info->rate_hz && info->axes == KB_AXES;
}

int kb_encode_info(uint8_t *out, size_t room, const struct kb_info *info) {
    if (!info_in_range(info)) return KB_OUT_OF_RANGE;
    if (room < KB_INFO_BYTES) return KB_NO_ROOM;
    out[0] = KB_MAJOR;
    out[1] = info->minor;
    out[2] = info->sensor;
    out[3] = info->axes;
    put16(out + 4, info->rate_hz);
    put16(out + 6, info->acc_range_g);
    put16(out + 8, info->gyr_range_dps);
    put32(out + 10, info->acc_lsb_nmps2);
    put32(out + 14, info->gyr_lsb_nradps);
    put16(out + 18, info->buffer_s);
    put16(out + 20, info->boot);
    return KB_INFO_BYTES;
}

int kb_decode_info(const uint8_t *bytes, size_t size, struct kb_info *info) {
    struct kb_info found;
    if (size < KB_INFO_BYTES) return KB_WRONG_LENGTH;
    if (bytes[0] != KB_MAJOR) return KB_WRONG_VERSION;
    found.minor = bytes[1];
    found.sensor = bytes[2];
    found.axes = bytes[3];
    found.rate_hz = get16(bytes + 4);
    found.acc_range_g = get16(bytes + 6);
    found.gyr_range_dps = get16(bytes + 8);
    found.acc_lsb_nmps2 = get32(bytes + 10);
    found.gyr_lsb_nradps = get32(bytes + 14);
    found.buffer_s = get16(bytes + 18);
    found.boot = get16(bytes + 20);
    if (!info_in_range(&found)) return KB_OUT_OF_RANGE;
    *info = found;
    return 0;
}

/* --- control: requests ------------------------------------------------------------------------------------------ */

/* 0 for an operation that does not exist. */
static size_t request_bytes(uint8_t op) {
    switch (op) {
        case KB_START: return KB_REQUEST_BYTES_MAX;
        case KB_STOP: return 1;
        case KB_SYNC: return 3;
        case KB_BACKFILL: return 7;
        case KB_IDENTIFY: return 2;
        default: return 0;
    }
}

int kb_encode_request(uint8_t *out, size_t room, const struct kb_request *request) {
    size_t size = request_bytes(request->op);
    if (size == 0 || (request->op == KB_BACKFILL && request->count == 0)) return KB_OUT_OF_RANGE;
    if (room < size) return KB_NO_ROOM;
    out[0] = request->op;
    if (request->op == KB_START) {
        put16(out + 1, request->rate_hz);
        put16(out + 3, request->acc_range_g);
        put16(out + 5, request->gyr_range_dps);
        put16(out + 7, request->latency_ms);
    } else if (request->op == KB_SYNC) {
        put16(out + 1, request->token);
    } else if (request->op == KB_BACKFILL) {
        put32(out + 1, request->first);
        put16(out + 5, request->count);
    } else if (request->op == KB_IDENTIFY) {
        out[1] = request->seconds;
    }
    return (int)size;
}

int kb_decode_request(const uint8_t *bytes, size_t size, struct kb_request *request) {
    struct kb_request found = {0};
    if (size == 0 || request_bytes(bytes[0]) == 0) return KB_WRONG_KIND;
    if (size != request_bytes(bytes[0])) return KB_WRONG_LENGTH;
    found.op = bytes[0];
    if (found.op == KB_START) {
        found.rate_hz = get16(bytes + 1);
        found.acc_range_g = get16(bytes + 3);
        found.gyr_range_dps = get16(bytes + 5);
        found.latency_ms = get16(bytes + 7);
    } else if (found.op == KB_SYNC) {
        found.token = get16(bytes + 1);
    } else if (found.op == KB_BACKFILL) {
        found.first = get32(bytes + 1);
        found.count = get16(bytes + 5);
        if (found.count == 0) return KB_OUT_OF_RANGE;
    } else if (found.op == KB_IDENTIFY) {
        found.seconds = bytes[1];
    }
    *request = found;
    return 0;
}

/* --- control: answers ------------------------------------------------------------------------------------------- */

/* Of the payload; nothing comes with a refusal. */
static size_t payload_bytes(uint8_t op, uint8_t result) {
    if (result != KB_OK) return 0;
    switch (op) {
        case KB_START: return 4;
        case KB_SYNC: return 16;
        case KB_BACKFILL: return 6;
        default: return 0;
    }
}

int kb_encode_answer(uint8_t *out, size_t room, const struct kb_answer *answer) {
    size_t payload = payload_bytes(answer->op, answer->result);
    if (answer->result < KB_OK || answer->result > KB_FAILED) return KB_OUT_OF_RANGE;
    if (room < 3 + payload) return KB_NO_ROOM;
    out[0] = KB_REPLY;
    out[1] = answer->op;
    out[2] = answer->result;
    if (payload && answer->op == KB_START) {
        put32(out + 3, answer->next);
    } else if (payload && answer->op == KB_SYNC) {
        put16(out + 3, answer->token);
        put64(out + 5, answer->received_us);
        put16(out + 13, answer->took_us);
        put32(out + 15, answer->next);
    } else if (payload && answer->op == KB_BACKFILL) {
        put32(out + 3, answer->first);
        put16(out + 7, answer->count);
    }
    return (int)(3 + payload);
}

int kb_decode_answer(const uint8_t *bytes, size_t size, struct kb_answer *answer) {
    struct kb_answer found = {0};
    size_t payload;
    if (size < 3) return KB_WRONG_LENGTH;
    if (bytes[0] != KB_REPLY) return KB_WRONG_KIND;
    if (bytes[2] < KB_OK || bytes[2] > KB_FAILED) return KB_OUT_OF_RANGE;
    found.op = bytes[1];
    found.result = bytes[2];
    payload = payload_bytes(found.op, found.result);
    if (size < 3 + payload) return KB_WRONG_LENGTH;
    if (size > KB_ANSWER_BYTES_MAX) return KB_OUT_OF_RANGE;
    if (payload && found.op == KB_START) {
        found.next = get32(bytes + 3);
    } else if (payload && found.op == KB_SYNC) {
        found.token = get16(bytes + 3);
        found.received_us = get64(bytes + 5);
        found.took_us = get16(bytes + 13);
        found.next = get32(bytes + 15);
    } else if (payload && found.op == KB_BACKFILL) {
        found.first = get32(bytes + 3);
        found.count = get16(bytes + 7);
    }
    *answer = found;
    return 0;
}
