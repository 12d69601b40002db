/* SPDX-License-Identifier: MIT */
#include "mail_send.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <curl/curl.h>

#include "clock.h"
#include "mem.h"

#define IDLE_S 30L     /* a connection unused for longer is not used again */
#define LIFETIME_S 300L
#define FREE_S 3

struct mail_send {
	const struct mail_relay *relay;
	pthread_mutex_t lock; /* of the lists and closed */
	pthread_cond_t given;
	struct mail_transfer *waiting, *ended;
	bool closed;
	atomic_bool aborted;
	int event;
	int threads;
	pthread_t *thread;
};

/* One transfer in its thread. */
struct exchange {
	struct mail_send *send;
	struct mail_transfer *transfer;
	size_t offset;     /* of the message, handed over */
	int64_t since_us;  /* last sign of life */
	bool quitting;
	bool late;         /* given up for lack of an answer */
	char error[CURL_ERROR_SIZE];
};

static void
exchange_enter(struct exchange *exchange, enum mail_stage stage)
{
	exchange->transfer->attempt.stage = stage;
	exchange->transfer->attempt.code = 0;
	exchange->since_us = clock_monotonic_us(&clock_system);
}

/* A command goes out. EHLO, HELO, STARTTLS, AUTH and its answers are one stage. */
static void
exchange_command(struct exchange *exchange, struct str line)
{
	static const struct {
		const char *verb;
		enum mail_stage stage;
	} verbs[] = {
	    {"MAIL ", MAIL_STAGE_MAIL},
	    {"RCPT ", MAIL_STAGE_RCPT},
	    {"DATA", MAIL_STAGE_DATA},
	};
	size_t i;

	if (str_starts(line, "QUIT") || str_starts(line, "RSET"))
		exchange->quitting = true;
	if (exchange->quitting)
		return;
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (str_starts(line, verbs[i].verb)) {
			exchange_enter(exchange, verbs[i].stage);
			return;
		}
	}
	/* Not what is sent in the middle of a mail. */
	if (exchange->transfer->attempt.stage < MAIL_STAGE_MAIL)
		exchange_enter(exchange, MAIL_STAGE_HELLO);
}

/* "250-SIZE", "250 2.0.0 Ok": the last line of an answer counts. */
static void
exchange_answer(struct exchange *exchange, struct str line)
{
	struct mail_transfer *transfer = exchange->transfer;
	size_t i;
	int code = 0;

	if (exchange->quitting || line.n < 3)
		return;
	for (i = 0; i < 3; i++) {
		if (line.p[i] < '0' || line.p[i] > '9')
			return;
		code = code * 10 + (line.p[i] - '0');
	}
	exchange->since_us = clock_monotonic_us(&clock_system);
	if (line.n > 3 && line.p[3] == '-')
		return;
	line = str_trim(str_part(line, 4, line.n));
	transfer->attempt.code = code;
	snprintf(transfer->text, sizeof(transfer->text), "%.*s", STR_ARG(line));
}

static int
on_debug(CURL *handle, curl_infotype type, char *data, size_t size, void *arg)
{
	(void)handle;
	if (type == CURLINFO_HEADER_OUT)
		exchange_command(arg, (struct str){data, size});
	else if (type == CURLINFO_HEADER_IN)
		exchange_answer(arg, (struct str){data, size});
	return 0;
}

static size_t
on_read(char *buffer, size_t size, size_t count, void *arg)
{
	struct exchange *exchange = arg;
	struct str rest = str_part(exchange->transfer->message, exchange->offset, (size_t)-1);
	size_t n = rest.n < size * count ? rest.n : size * count;

	if (n > 0)
		memcpy(buffer, rest.p, n);
	exchange->offset += n;
	/* With the last of it handed over the dot follows by itself: from here on
	 * the relay may have all of it. */
	exchange_enter(exchange,
	    exchange->offset < exchange->transfer->message.n ? MAIL_STAGE_TEXT : MAIL_STAGE_DOT);
	return n;
}

/* libcurl calls it about once a second, also while it waits after the dot. */
static int
on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	struct exchange *exchange = arg;
	const struct mail_relay *relay = exchange->send->relay;
	bool dot = exchange->transfer->attempt.stage == MAIL_STAGE_DOT;
	int64_t silent = clock_monotonic_us(&clock_system) - exchange->since_us;

	(void)a, (void)b, (void)c, (void)d;
	exchange->transfer->attempt.interrupted = atomic_load(&exchange->send->aborted);
	exchange->late = silent > (dot ? relay->final_ms : relay->command_ms) * 1000;
	return exchange->late || exchange->transfer->attempt.interrupted;
}

static void
exchange_options(struct exchange *exchange, CURL *curl, struct curl_slist *recipient)
{
	const struct mail_relay *relay = exchange->send->relay;
	static const long use_ssl[] = {
	    [MAIL_TLS_NONE] = CURLUSESSL_NONE,
	    [MAIL_TLS_STARTTLS] = CURLUSESSL_TRY,
	    [MAIL_TLS_REQUIRED] = CURLUSESSL_ALL,
	};

	curl_easy_reset(curl); /* connections stay */
	curl_easy_setopt(curl, CURLOPT_URL, relay->url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(curl, CURLOPT_PROXY, ""); /* none from the environment */
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_USE_SSL, use_ssl[relay->tls]);
	curl_easy_setopt(
	    curl, CURLOPT_SSL_VERIFYPEER, relay->tls == MAIL_TLS_REQUIRED ? 1L : 0L);
	curl_easy_setopt(
	    curl, CURLOPT_SSL_VERIFYHOST, relay->tls == MAIL_TLS_REQUIRED ? 2L : 0L);
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (relay->ca_file != NULL)
		curl_easy_setopt(curl, CURLOPT_CAINFO, relay->ca_file);
	if (relay->user != NULL) {
		curl_easy_setopt(curl, CURLOPT_USERNAME, relay->user);
		curl_easy_setopt(curl, CURLOPT_PASSWORD, relay->password);
	}
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)relay->command_ms);
	/* Ours come first; libcurl's own for an answer is 120 s. */
	curl_easy_setopt(
	    curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)(relay->total_ms / 1000 + 60));
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)relay->total_ms);
	curl_easy_setopt(curl, CURLOPT_MAXAGE_CONN, IDLE_S);
	curl_easy_setopt(curl, CURLOPT_MAXLIFETIME_CONN, LIFETIME_S);
	curl_easy_setopt(curl, CURLOPT_MAIL_FROM, exchange->transfer->sender);
	curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipient);
	curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(
	    curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)exchange->transfer->message.n);
	curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(curl, CURLOPT_READDATA, exchange);
	curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L); /* into on_debug(), nowhere else */
	curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, on_debug);
	curl_easy_setopt(curl, CURLOPT_DEBUGDATA, exchange);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, exchange);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, exchange->error);
}

/* An answer that was good, or none, says nothing about why it ended. */
static void
exchange_explain(struct exchange *exchange, CURLcode result)
{
	struct mail_transfer *transfer = exchange->transfer;
	struct mail_attempt *attempt = &transfer->attempt;
	bool sent = attempt->stage == MAIL_STAGE_DOT && attempt->code / 100 == 2;

	if (!sent && attempt->code < 400) {
		attempt->code = 0;
		snprintf(transfer->text, sizeof(transfer->text), "%s",
		    attempt->interrupted          ? "interrupted by a stop"
		        : exchange->late          ? "no answer in time"
		        : exchange->error[0] != 0 ? exchange->error
		                                  : curl_easy_strerror(result));
	}
	attempt->text = str_of(transfer->text);
}

/* A connection on which an answer is still to come is never used again, nor does
 * libcurl wait for it after its QUIT. */
static void
connection_drop(CURL *curl)
{
	curl_socket_t fd = CURL_SOCKET_BAD;

	/* None when libcurl has closed it. */
	if (curl_easy_getinfo(curl, CURLINFO_ACTIVESOCKET, &fd) == CURLE_OK &&
	    fd != CURL_SOCKET_BAD)
		shutdown(fd, SHUT_RDWR);
}

static void
send_one(struct mail_send *send, CURL *curl, struct mail_transfer *transfer)
{
	struct exchange exchange = {.send = send, .transfer = transfer};
	struct curl_slist *recipient = curl_slist_append(NULL, transfer->recipient);

	transfer->attempt = (struct mail_attempt){.code = 0};
	exchange_enter(&exchange, MAIL_STAGE_CONNECT);
	exchange_options(&exchange, curl, recipient);
	exchange_explain(
	    &exchange, recipient != NULL ? curl_easy_perform(curl) : CURLE_OUT_OF_MEMORY);
	if (transfer->attempt.code == 0)
		connection_drop(curl);
	/* It forgets what ends here, and speaks again when it closes the connection. */
	curl_easy_reset(curl);
	curl_slist_free_all(recipient);
}

static void *
thread_run(void *arg)
{
	struct mail_send *send = arg;
	CURL *curl = curl_easy_init();
	uint64_t one = 1;

	if (curl == NULL)
		mem_fail();
	pthread_mutex_lock(&send->lock);
	for (;;) {
		struct mail_transfer *transfer = send->waiting;

		if (transfer != NULL) {
			send->waiting = transfer->next;
			pthread_mutex_unlock(&send->lock);
			send_one(send, curl, transfer);
			pthread_mutex_lock(&send->lock);
			transfer->next = send->ended;
			send->ended = transfer;
			/* Cannot fail: the counter is far from its end. */
			(void)!write(send->event, &one, sizeof(one));
		} else if (send->closed) {
			break;
		} else {
			pthread_cond_wait(&send->given, &send->lock);
		}
	}
	pthread_mutex_unlock(&send->lock);
	curl_easy_cleanup(curl);
	return NULL;
}

struct mail_send *
mail_send_new(const struct mail_relay *relay, int threads, struct err *err)
{
	struct mail_send *send = mem_alloc(sizeof(*send));

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		goto fail;
	send->relay = relay;
	send->thread = mem_array((size_t)threads, sizeof(*send->thread));
	pthread_mutex_init(&send->lock, NULL);
	pthread_cond_init(&send->given, NULL);
	send->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	while (send->event >= 0 && send->threads < threads &&
	    pthread_create(&send->thread[send->threads], NULL, thread_run, send) == 0)
		send->threads++;
	if (send->threads == threads)
		return send;
	mail_send_free(send);
	send = NULL;
fail:
	free(send);
	err_set(err, "cannot start libcurl or its threads");
	return NULL;
}

void
mail_send_free(struct mail_send *send)
{
	struct timespec deadline;
	int i, left = 0;

	if (send == NULL)
		return;
	mail_send_abort(send);
	pthread_mutex_lock(&send->lock);
	send->closed = true;
	pthread_cond_broadcast(&send->given);
	pthread_mutex_unlock(&send->lock);
	clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_sec += FREE_S;
	for (i = 0; i < send->threads; i++)
		left += pthread_timedjoin_np(send->thread[i], NULL, &deadline) != 0;
	/* A relay that does not answer QUIT: what is in use ends with the process. */
	if (left > 0)
		return;
	pthread_cond_destroy(&send->given);
	pthread_mutex_destroy(&send->lock);
	if (send->event >= 0)
		close(send->event);
	curl_global_cleanup();
	free(send->thread);
	free(send);
}

void
mail_send_give(struct mail_send *send, struct mail_transfer *transfer)
{
	pthread_mutex_lock(&send->lock);
	transfer->next = send->waiting;
	send->waiting = transfer;
	pthread_cond_signal(&send->given);
	pthread_mutex_unlock(&send->lock);
}

struct mail_transfer *
mail_send_fetch(struct mail_send *send)
{
	struct mail_transfer *transfer;
	uint64_t count;

	(void)!read(send->event, &count, sizeof(count)); /* nothing there is fine */
	pthread_mutex_lock(&send->lock);
	transfer = send->ended;
	if (transfer != NULL)
		send->ended = transfer->next;
	pthread_mutex_unlock(&send->lock);
	return transfer;
}

int
mail_send_fd(const struct mail_send *send)
{
	return send->event;
}

void
mail_send_abort(struct mail_send *send)
{
	atomic_store(&send->aborted, true);
}
