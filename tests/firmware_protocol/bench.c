/* The C side under test, as a filter: one command a line on standard input, one answer a line. Built with the address
 * and undefined-behaviour sanitizers. Bytes come in memory of just their size, so that a step beyond is seen. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kb_sensor.h"

static struct kb_sensor sensor;
static struct kb_sample *ring;
static uint16_t most_rate_hz = 400;

static bool board_start(void *context, struct kb_info *info) {
    (void)context;
    if (info->rate_hz == 13) return false; /* a chip that fails */
    if (info->rate_hz > most_rate_hz) info->rate_hz = most_rate_hz;
    return true;
}

static void board_identify(void *context, uint8_t seconds) {
    (void)context;
    (void)seconds;
}

static uint8_t *unhex(const char *text, size_t *size) {
    size_t length = strspn(text, "0123456789abcdef");
    *size = length / 2;
    uint8_t *bytes = malloc(*size ? *size : 1);
    for (size_t i = 0; i < *size; i++) sscanf(text + 2 * i, "%2hhx", &bytes[i]);
    return *size ? bytes : (free(bytes), NULL);
}

static void print_hex(const char *what, const uint8_t *bytes, int size) {
    printf("%s ", what);
    for (int i = 0; i < size; i++) printf("%02x", bytes[i]);
    printf("\n");
}

static void decode(const char *kind, const char *text) {
    size_t size;
    uint8_t *bytes = unhex(text, &size);
    size_t room = size / KB_SAMPLE_BYTES;
    struct kb_sample *samples = malloc((room ? room : 1) * sizeof *samples);
    struct kb_data data;
    struct kb_info info;
    struct kb_request request;
    struct kb_answer answer;
    uint32_t index;
    int result = -99;
    if (!strcmp(kind, "data")) result = kb_decode_data(bytes, size, &data, samples, room);
    if (!strcmp(kind, "backfill")) result = kb_decode_backfill(bytes, size, &index, samples, room);
    if (!strcmp(kind, "info")) result = kb_decode_info(bytes, size, &info);
    if (!strcmp(kind, "request")) result = kb_decode_request(bytes, size, &request);
    if (!strcmp(kind, "answer")) result = kb_decode_answer(bytes, size, &answer);
    printf("%d\n", result);
    free(samples);
    free(bytes);
}

static void init(uint32_t capacity, uint32_t first) {
    const struct kb_board board = {board_start, NULL, board_identify, NULL};
    const struct kb_info info = {4785645, 1221730, 100, 16, 2000, 0, 7, 0, 1, KB_AXES};
    free(ring);
    ring = malloc(capacity * sizeof *ring);
    kb_sensor_init(&sensor, &info, &board, ring, capacity);
    sensor.oldest = sensor.next = sensor.cursor = first; /* as if so many had been taken, to see the numbers wrap */
}

/* Each sample tells its own number and time, fifteen bits an axis. */
static void add(uint32_t count, uint32_t t_us, uint32_t step_us) {
    for (uint32_t i = 0; i < count; i++, t_us += step_us) {
        const uint32_t number = sensor.next;
        const struct kb_sample sample = {
            {(int16_t)(number & 0x7fff), (int16_t)(number >> 15 & 0x7fff), (int16_t)(number >> 30)},
            {(int16_t)(t_us & 0x7fff), (int16_t)(t_us >> 15 & 0x7fff), (int16_t)(t_us >> 30)}};
        kb_sensor_add(&sensor, &sample, t_us);
    }
}

static void next(uint64_t now_us, size_t room) {
    enum kb_channel channel = KB_TO_DATA;
    uint8_t *out = malloc(room ? room : 1);
    int size = kb_sensor_next(&sensor, now_us, out, room, &channel);
    const char *names[] = {"", "data", "backfill", "control"};
    print_hex(size > 0 ? names[channel] : "none", out, size > 0 ? size : 0);
    free(out);
}

static void write(const char *text, unsigned on, uint64_t now_us) {
    size_t size;
    uint8_t *bytes = unhex(text, &size);
    printf("%d\n", kb_sensor_write(&sensor, bytes, size, on != 0, now_us));
    free(bytes);
}

int main(void) {
    static char line[8192], word[16], text[8000];
    uint32_t a, b, c;
    uint64_t now_us;
    while (fgets(line, sizeof line, stdin)) {
        text[0] = '\0';
        if (sscanf(line, "decode %15s %7999s", word, text) >= 1) {
            decode(word, text);
        } else if (sscanf(line, "init %" SCNu32 " %" SCNu32, &a, &b) == 2) {
            init(a, b);
        } else if (sscanf(line, "add %" SCNu32 " %" SCNu32 " %" SCNu32, &a, &b, &c) == 3) {
            add(a, b, c);
        } else if (!strncmp(line, "lowest", 6)) { /* every axis at its least, which is how the ring marks a hole */
            const struct kb_sample sample = {{INT16_MIN, INT16_MIN, INT16_MIN}, {INT16_MIN, INT16_MIN, INT16_MIN}};
            kb_sensor_add(&sensor, &sample, 0);
        } else if (sscanf(line, "lost %" SCNu32, &a) == 1) {
            kb_sensor_lost(&sensor, a);
        } else if (sscanf(line, "mtu %" SCNu32, &a) == 1) {
            printf("%d\n", kb_sensor_mtu(&sensor, (uint16_t)a));
        } else if (sscanf(line, "write %" SCNu32 " %" SCNu64 " %7999s", &a, &now_us, text) >= 2) {
            write(text, a, now_us);
        } else if (sscanf(line, "next %" SCNu64 " %" SCNu32, &now_us, &a) == 2) {
            next(now_us, a);
        } else if (!strncmp(line, "sent", 4)) {
            kb_sensor_sent(&sensor);
        } else if (!strncmp(line, "connected", 9)) {
            kb_sensor_connected(&sensor);
        } else if (!strncmp(line, "disconnected", 12)) {
            kb_sensor_disconnected(&sensor);
        } else if (!strncmp(line, "info", 4)) {
            uint8_t out[KB_INFO_BYTES];
            print_hex("info", out, kb_encode_info(out, sizeof out, &sensor.info));
        } else {
            fprintf(stderr, "no such command: %s", line);
            return 1;
        }
    }
    free(ring);
    return 0;
}
