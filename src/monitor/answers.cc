#include "monitor/answers.h"

#include <vector>

#include "os/log.h"

namespace holdfast::monitor {

namespace {

std::optional<os::PublishedReader> map(const os::UniqueFd& page) {
    if (!page) return std::nullopt;
    auto reader = os::PublishedReader::map(page.get());
    if (reader) return std::move(*reader);
    os::log(os::Level::warning, reader.error().text());
    return std::nullopt;
}

std::uint64_t edition_of(const std::optional<os::PublishedReader>& reader) {
    return reader ? reader->edition() : 0;
}

std::vector<std::uint8_t> contents_of(const std::optional<os::PublishedReader>& reader) {
    auto read = reader ? reader->read() : std::nullopt;
    return read ? std::move(*read) : std::vector<std::uint8_t>{};
}

}  // namespace

Answers::Answers(os::UniqueFd routers, os::UniqueFd checks) : routers_{map(routers)}, checks_{map(checks)} {}

std::shared_ptr<const std::string> Answers::to(status::Enquiry) {
    const Editions current = editions();
    if (last_ && current == last_editions_) return last_;
    const std::vector<std::uint8_t> routers = contents_of(routers_);
    const std::vector<std::uint8_t> checks = contents_of(checks_);
    std::string text =
        encode(status::Reply{.refusal = {}, .routers = routers.size(), .checks = checks.size()});
    text.append(routers.begin(), routers.end());
    text.append(checks.begin(), checks.end());
    last_ = std::make_shared<const std::string>(std::move(text));
    last_editions_ = current;
    return last_;
}

std::shared_ptr<const status::Published> Answers::published() {
    const Editions current = editions();
    if (published_ && current == published_editions_) return published_;
    const auto made = std::make_shared<status::Published>();
    if (auto routers = status::read_routers(contents_of(routers_))) made->routers = std::move(*routers);
    if (auto checks = status::read_checks(contents_of(checks_))) made->checks = std::move(*checks);
    published_ = made;
    published_editions_ = current;
    return published_;
}

Answers::Editions Answers::editions() const {
    return {.routers = edition_of(routers_), .checks = edition_of(checks_)};
}

}  // namespace holdfast::monitor
