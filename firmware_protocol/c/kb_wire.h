/* Kickback's wire format: bytes <-> fields. ../SPEC.md says what the fields mean; ../wire.py and ../control.py are
 * the same in Python. C99, no memory of its own, no floating point, freestanding headers only.
 *
 * Every function that gives an int gives a number of bytes (>= 0) or one of enum kb_error (< 0). Nothing is written
 * where a negative number comes back, and never beyond `room`. */
#ifndef KB_WIRE_H
#define KB_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    KB_MAJOR = 1,
    KB_MINOR = 0,
    KB_HEADER_BYTES = 8,
    KB_SAMPLE_BYTES = 12,
    KB_ATT_HEADER = 3,     /* a notification carries MTU - 3 bytes */
    KB_MTU_MIN = 23,
    KB_MTU_MAX = 517,
    KB_SAMPLES_MAX = 255,  /* in one packet */
    KB_AXES = 0x3F,        /* ax ay az gx gy gz; major 1 always sends all six */
    KB_INFO_BYTES = 22,
    KB_REPLY = 0x20,       /* the first byte of every answer */
    KB_PAYLOAD_MAX = 17,   /* of an answer, so that it fits at MTU 23 */
    KB_ANSWER_BYTES_MAX = 3 + KB_PAYLOAD_MAX,
    KB_REQUEST_BYTES_MAX = 9
};

/* What is wrong with bytes or fields; the same kinds as in ../packet.py. */
enum kb_error {
    KB_WRONG_LENGTH = -1,
    KB_WRONG_KIND = -2,
    KB_WRONG_VERSION = -3,
    KB_WRONG_SUM = -4,
    KB_OUT_OF_RANGE = -5,
    KB_NO_ROOM = -6        /* the caller's memory is too small */
};

enum kb_op { KB_START = 1, KB_STOP = 2, KB_SYNC = 3, KB_BACKFILL = 4, KB_IDENTIFY = 5 };

enum kb_result { KB_OK = 1, KB_NOT_SUPPORTED = 2, KB_INVALID_PARAMETER = 3, KB_FAILED = 4 };

/* The service and its characteristics, in the order of bytes that radios want (the last first): byte 12 tells them
 * apart, see kb_uuid. */
enum kb_attribute { KB_UUID_SERVICE = 0, KB_UUID_DATA = 1, KB_UUID_BACKFILL = 2, KB_UUID_CONTROL = 3, KB_UUID_INFO = 4 };
void kb_uuid(uint8_t out[16], enum kb_attribute which);

/* One sample in the sensor's counts. */
struct kb_sample {
    int16_t acc[3];
    int16_t gyr[3];
};

/* The header of a data packet. */
struct kb_data {
    uint32_t t_us;   /* clock at the first sample, modulo 2^32 */
    uint16_t seq;    /* number of the first sample, modulo 2^16 */
    uint8_t count;   /* samples that follow, 1 to 255 */
    bool overflow;   /* samples were lost in the sensor before these */
    bool changed;    /* rate or ranges are others from here on */
};

struct kb_info {
    uint32_t acc_lsb_nmps2;   /* one count in 10^-9 m/s^2 */
    uint32_t gyr_lsb_nradps;  /* one count in 10^-9 rad/s */
    uint16_t rate_hz;
    uint16_t acc_range_g;
    uint16_t gyr_range_dps;
    uint16_t buffer_s;        /* signal kept for the back-fill */
    uint16_t boot;            /* another one at each start */
    uint8_t minor;
    uint8_t sensor;           /* which of a set, as its maker numbers them */
    uint8_t axes;             /* KB_AXES */
};

/* A write to the control point. Which fields count depends on the operation; the others are 0. */
struct kb_request {
    uint32_t first;           /* BACKFILL */
    uint16_t count;           /* BACKFILL */
    uint16_t token;           /* SYNC */
    uint16_t rate_hz;         /* START; 0 leaves a field as it is */
    uint16_t acc_range_g;
    uint16_t gyr_range_dps;
    uint16_t latency_ms;
    uint8_t seconds;          /* IDENTIFY */
    uint8_t op;
};

/* An indication of the control point. Which fields count depends on the operation; the others are 0. */
struct kb_answer {
    uint64_t received_us;     /* SYNC: clock when the request came */
    uint32_t next;            /* START, SYNC: number of the next sample */
    uint32_t first;           /* BACKFILL: what will come */
    uint16_t count;           /* BACKFILL */
    uint16_t token;           /* SYNC */
    uint16_t took_us;         /* SYNC: from received_us to the answer */
    uint8_t op;
    uint8_t result;
};

/* The most samples in a notification: 1 at MTU 23, 14 at 185, 19 at 247. KB_OUT_OF_RANGE for no MTU of Bluetooth. */
int kb_samples_per_packet(uint16_t mtu);

/* CRC-16/IBM-3740 of `size` bytes; begin with `crc` 0xFFFF, or go on with what came back. */
uint16_t kb_crc16(uint16_t crc, const uint8_t *bytes, size_t size);

/* Encode: the size of the packet, or KB_NO_ROOM, or KB_OUT_OF_RANGE. */
int kb_encode_data(uint8_t *out, size_t room, const struct kb_data *head, const struct kb_sample *samples);
int kb_encode_backfill(uint8_t *out, size_t room, uint32_t index, const struct kb_sample *samples, uint8_t count);
int kb_encode_info(uint8_t *out, size_t room, const struct kb_info *info);
int kb_encode_request(uint8_t *out, size_t room, const struct kb_request *request);
int kb_encode_answer(uint8_t *out, size_t room, const struct kb_answer *answer);

/* Decode. Data and back-fill: how many samples were written to `samples`, which has room for `room` of them. The
 * others: 0. Trailing bytes that a later minor version appended to info or to an answer are ignored. */
int kb_decode_data(const uint8_t *bytes, size_t size, struct kb_data *head, struct kb_sample *samples, size_t room);
int kb_decode_backfill(const uint8_t *bytes, size_t size, uint32_t *index, struct kb_sample *samples, size_t room);
int kb_decode_info(const uint8_t *bytes, size_t size, struct kb_info *info);
int kb_decode_request(const uint8_t *bytes, size_t size, struct kb_request *request);
int kb_decode_answer(const uint8_t *bytes, size_t size, struct kb_answer *answer);

#ifdef __cplusplus
}
#endif

#endif
