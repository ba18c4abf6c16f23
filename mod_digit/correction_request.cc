// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/correction_request.h"

#include "mod_digit/answer.h"
#include "mod_digit/answering.h"
#include "mod_digit/correction.h"
#include "mod_digit/origin.h"

namespace digit {
namespace {

// What DigitFeedbackLimit is where nothing says so: about 5 MB of pictures.
constexpr std::uint64_t kDefaultLimit = 10000;

}  // namespace

int take_correction(Exchange& exchange) {
    const LocationConfig& config = exchange.config();
    if (!config.takes_corrections())
        return refuse_unread(exchange,
                             make_problem(Fault::kFeedbackOff,
                                          "corrections are not taken here; the server's "
                                          "administrator would name a folder for them with "
                                          "DigitFeedbackDir"));
    if (!is_same_origin(exchange.header("Sec-Fetch-Site"), exchange.header("Origin"),
                        exchange.header("Host")))
        return refuse_unread(
            exchange, make_problem(Fault::kNotSameOrigin,
                                   "neither Sec-Fetch-Site nor Origin says that the page of this "
                                   "very server sent the correction"));
    auto body = exchange.read(kMaxCorrectionBytes);
    if (auto* problem = std::get_if<Problem>(&body)) return refuse(exchange, std::move(*problem));
    if (const auto* already = std::get_if<AlreadyAnswered>(&body))
        return exchange.finish(already->status);

    auto correction = parse_correction(std::get<Body>(body).text());
    if (auto* problem = std::get_if<Problem>(&correction))
        return refuse(exchange, std::move(*problem));
    const std::uint64_t limit = config.feedback_limit ? config.feedback_limit : kDefaultLimit;
    auto stored = store_correction(config.feedback_dir, limit, std::get<Correction>(correction));
    if (auto* problem = std::get_if<Problem>(&stored)) return refuse(exchange, std::move(*problem));
    exchange.set_header("Cache-Control", "no-store");
    return exchange.send(HTTP_CREATED, kJsonType,
                         "{\"stored\":true,\"digit\":" +
                             std::to_string(std::get<Correction>(correction).digit) + "}");
}

}  // namespace digit
