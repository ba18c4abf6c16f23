// SPDX-License-Identifier: Apache-2.0
// From the files that DigitModel names to what serves: each is read, verified and tried on the
// golden pictures; where it fails at a restart, what served before stays.
#include <httpd.h>
// After httpd.h, which it does not include itself.
#include <http_log.h>

#include <algorithm>

#include "libdigit/weights_file.h"
#include "mod_digit/candidate.h"
#include "mod_digit/config.h"
#include "mod_digit/kept_weights.h"
#include "mod_digit/model_uses.h"

APLOG_USE_MODULE(digit);

namespace digit {
namespace {

// Every entry, or none at all where the first start has to be refused.
class Loading {
  public:
    Loading(Stores& stores, const server_rec* main_server, std::vector<ModelUse> uses,
            Purpose purpose)
        : stores_(stores),
          main_server_(main_server),
          uses_(std::move(uses)),
          serve_(purpose == Purpose::kServe),
          first_pass_(purpose == Purpose::kReadAhead),
          restart_(serve_ && has_kept_weights(main_server->process->pool)),
          read_ahead_(serve_ ? take_read_ahead(main_server->process->pool)
                             : std::vector<ReadAhead>()),
          earlier_(restart_ ? kept_weights(main_server->process->pool)
                            : std::vector<KeptWeights>()) {}

    std::optional<LoadFault> load_all() {
        for (const auto& entry : stores_.models.entries()) {
            auto found = candidate(*entry);
            if (auto* good = std::get_if<Candidate>(&found))
                take(*entry, std::move(*good));
            else if (LoadFault& fault = std::get<LoadFault>(found); restart_)
                fall_back(*entry, std::move(fault));
            else
                return LoadFault{entry->named_by + ": " + fault.reason};
        }
        if (serve_) keep_all();
        if (first_pass_) leave_read_ahead(main_server_->process->pool, std::move(read_ahead_));
        return std::nullopt;
    }

  private:
    std::variant<Candidate, LoadFault> candidate(const ModelEntry& entry) {
        const std::uint64_t golden = min_golden(&entry);
        const auto ahead = std::find_if(read_ahead_.begin(), read_ahead_.end(),
                                        [&](const ReadAhead& r) { return r.path == entry.path; });
        if (serve_ && ahead != read_ahead_.end())
            if (auto ready = candidate_of(std::move(*ahead), golden)) return std::move(*ready);
        return load_candidate(entry.path, golden);
    }

    // What the strictest of its places asks for.
    std::uint64_t min_golden(const ModelEntry* entry) const {
        std::optional<std::uint64_t> most;
        for (const ModelUse& use : uses_)
            if (use.entry == entry) most = std::max(most.value_or(0), use.min_golden);
        return most.value_or(kDefaultMinGolden);
    }

    std::vector<std::string> places(const ModelEntry* entry) const {
        std::vector<std::string> all;
        for (const ModelUse& use : uses_)
            if (use.entry == entry) all.push_back(use.place);
        return all;
    }

    void take(ModelEntry& entry, Candidate candidate) {
        if (first_pass_) {
            read_ahead_.push_back(read_ahead_of(entry.path, std::move(candidate)));
            return;
        }
        ModelState& state = add_state(entry, candidate.model);
        state.golden_right = candidate.golden_right;
        entry.value.emplace(std::move(candidate.model));
        if (!serve_) return;
        const KeptWeights* before = of_path(entry.path);
        if (before != nullptr && !state.sha256.empty() && before->sha256 == state.sha256)
            state.since = before->since;
        else
            ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, main_server_, "%s: %s serves: %s",
                         entry.named_by.c_str(), entry.path.c_str(), in_words(state).c_str());
        auto sealed = SealedBytes::make(candidate.file.bytes());
        if (!sealed.ok()) {
            ap_log_error(APLOG_MARK, APLOG_WARNING, 0, main_server_,
                         "%s: it serves, but should a restart find it broken, nothing could go on "
                         "serving in its place: %s",
                         entry.named_by.c_str(), sealed.status().message().c_str());
            return;
        }
        keep(entry, state, sealed->fd());
        sealed_.push_back(std::move(*sealed));
    }

    // What served before, under the same path or else at the same place, goes on.
    void fall_back(ModelEntry& entry, LoadFault fault) {
        const KeptWeights* before = of_path(entry.path);
        if (before == nullptr) before = of_place(entry);
        auto model = before == nullptr
                         ? Result<Model>(Status{Code::kIo, "", "nothing served here before"})
                         : make_model(*before);
        if (!model.ok()) {
            ModelState& state = stores_.model_states.emplace_back();
            state.path = entry.path;
            state.named_by = entry.named_by;
            state.serving = Serving::kNothing;
            state.refusal = fault.reason;
            ap_log_error(APLOG_MARK, APLOG_ERR, 0, main_server_,
                         "%s: %s; nothing serves in its place (%s), so its requests get 503",
                         entry.named_by.c_str(), fault.reason.c_str(),
                         model.status().message().c_str());
            return;
        }
        ModelState& state = add_state(entry, *model);
        state.serving = Serving::kEarlier;
        state.refusal = std::move(fault.reason);
        state.since = before->since;
        entry.value.emplace(std::move(*model));
        keep(entry, state, before->fd);
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, main_server_,
                     "%s: %s; what served before goes on serving: %s", entry.named_by.c_str(),
                     state.refusal.c_str(), in_words(state).c_str());
    }

    static Result<Model> make_model(const KeptWeights& kept) {
        const auto bytes = read_sealed(kept.fd);
        if (!bytes.ok()) return bytes.status();
        const auto weights = view_weights(bytes->bytes());
        if (!weights.ok()) return weights.status();
        return Model::make(*weights);
    }

    ModelState& add_state(const ModelEntry& entry, const Model& model) {
        ModelState& state = stores_.model_states.emplace_back();
        state.path = entry.path;
        state.named_by = entry.named_by;
        state.architecture = model.architecture();
        const auto digest = model.metadata().find("tensors_sha256");
        if (digest != model.metadata().end()) state.sha256 = digest->second;
        state.since = apr_time_now();
        return state;
    }

    static std::string in_words(const ModelState& state) {
        char since[APR_RFC822_DATE_LEN];
        apr_rfc822_date(since, state.since);
        return state.architecture +
               (state.sha256.empty() ? "" : ", tensors' SHA-256 " + state.sha256) + ", since " +
               since;
    }

    const KeptWeights* of_path(const std::string& path) const {
        const auto found = std::find_if(earlier_.begin(), earlier_.end(),
                                        [&](const KeptWeights& k) { return k.path == path; });
        return found == earlier_.end() ? nullptr : &*found;
    }

    // Only where there is no doubt: one file that served at a place of this one.
    const KeptWeights* of_place(const ModelEntry& entry) const {
        const KeptWeights* only = nullptr;
        for (const std::string& place : places(&entry))
            for (const KeptWeights& kept : earlier_) {
                if (std::find(kept.places.begin(), kept.places.end(), place) == kept.places.end())
                    continue;
                if (only != nullptr && only != &kept) return nullptr;
                only = &kept;
            }
        return only;
    }

    void keep(const ModelEntry& entry, const ModelState& state, int fd) {
        kept_.push_back({fd, entry.path, state.sha256, places(&entry), state.since});
    }

    void keep_all() {
        keep_weights(main_server_->process->pool, kept_);
        for (SealedBytes& sealed : sealed_) sealed.release();
    }

    Stores& stores_;
    const server_rec* main_server_;
    std::vector<ModelUse> uses_;
    bool serve_;
    bool first_pass_;
    bool restart_;
    std::vector<ReadAhead> read_ahead_;  // found, or at the first pass to be left
    std::vector<KeptWeights> earlier_;
    std::vector<KeptWeights> kept_;
    std::vector<SealedBytes> sealed_;
};

}  // namespace

const char* serving_name(Serving serving) {
    switch (serving) {
        case Serving::kNamed:
            return "serving";
        case Serving::kEarlier:
            return "serving an earlier file";
        case Serving::kNothing:
            return "not serving";
    }
    return "unknown";
}

const std::vector<ModelState>& model_states(const server_rec* server) {
    return Stores::of(server->process->pconf).model_states;
}

std::optional<LoadFault> load_models(Stores& stores, const server_rec* main_server,
                                     const LocationConfig& defaults, Purpose purpose) {
    return Loading(stores, main_server, model_uses(main_server, defaults), purpose).load_all();
}

}  // namespace digit
