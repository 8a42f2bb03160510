#include "checker/mail.h"

#include <openssl/evp.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <utility>

namespace holdfast::checker {

namespace {

constexpr std::size_t longest_line = 900;          // RFC 5322 section 2.1.1 allows 998
constexpr std::size_t longest_encoded_piece = 42;  // bytes in one encoded word of 75 characters at most
constexpr int patience_in_connect_times = 4;       // for the whole dialogue

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char character) { return static_cast<unsigned char>(character) < 0x80; });
}

std::string base64(std::string_view bytes) {
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');  // and a zero byte
    const int length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

// The first part of a text that an encoded word takes, not cut within a character.
std::string_view next_piece(std::string_view text) {
    if (text.size() <= longest_encoded_piece) return text;
    std::size_t end = longest_encoded_piece;
    while (end > longest_encoded_piece - 4 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
        --end;
    return text.substr(0, end);
}

// Free text of a header: as it is, or as encoded words (RFC 2047), each on a line of its own.
std::string header_text(const std::string& raw) {
    std::string clean = on_one_line(raw).substr(0, longest_line);
    if (is_ascii(clean)) return clean;
    std::string text;
    for (std::string_view rest = clean; !rest.empty();) {
        const std::string_view piece = next_piece(rest);
        rest.remove_prefix(piece.size());
        text += (text.empty() ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?") + base64(piece) + "?=";
    }
    return text;
}

// A display name is quoted where its characters ask for it (RFC 5322 section 3.2.3).
std::string mailbox_text(const config::Mailbox& mailbox) {
    if (mailbox.display.empty()) return mailbox.address;
    const std::string display = on_one_line(mailbox.display);
    std::string name = header_text(display);
    if (is_ascii(display) && display.find_first_of("()<>[]:;@\\,.\"") != std::string::npos) {
        name = "\"";
        for (const char character : display)
            name += (character == '"' || character == '\\' ? "\\" : "") + std::string(1, character);
        name += '"';
    }
    return name + " <" + mailbox.address + ">";
}

std::string recipients_text(const std::vector<config::Mailbox>& recipients) {
    std::string text;
    for (const config::Mailbox& recipient : recipients)
        text += (text.empty() ? "" : ",\r\n ") + mailbox_text(recipient);
    return text;
}

// RFC 5322 section 3.3, in the time zone of this host; names are English whatever the locale.
std::string date_text(os::WallTime time) {
    constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
    tm date{};
    localtime_r(&seconds, &date);
    const long minutes = date.tm_gmtoff / 60;
    return fmt::format("{}, {} {} {} {:02}:{:02}:{:02} {}{:02}{:02}", days.at(date.tm_wday), date.tm_mday,
                       months.at(date.tm_mon), date.tm_year + 1900, date.tm_hour, date.tm_min, date.tm_sec,
                       minutes < 0 ? '-' : '+', std::abs(minutes) / 60, std::abs(minutes) % 60);
}

std::string happening_text(const Alert& alert) {
    if (alert.state == name_of(os::Happening::stopped)) return "Stopping";
    if (alert.state == name_of(os::Happening::deleted)) return "Deleted";
    return "Entering " + alert.state + " state";
}

std::string kind_text(const Alert& alert) {
    return alert.kind == AlertKind::group_state ? "Group" : "Instance";
}

std::string subject_text(const Alert& alert) {
    if (alert.kind == AlertKind::incident)
        return "[" + alert.router_id + "] Split brain " + alert.subject + " - " + alert.cause +
               ", incident " + alert.incident + " " + alert.state;
    return "[" + alert.router_id + "] VRRP " + kind_text(alert) + " " + alert.subject + " - " +
           happening_text(alert);
}

std::string body_line(const Alert& alert) {
    if (alert.kind == AlertKind::incident)
        return "=> " +
               on_one_line("Incident " + alert.incident + " of " + alert.subject + ", " + alert.cause +
                           ", is " + alert.state + (alert.text.empty() ? "" : ": " + alert.text))
                   .substr(0, longest_line) +
               " <=\r\n";
    std::string line = kind_text(alert) + " " + alert.subject + " is now " + alert.state;
    if (!alert.former_state.empty()) line += " (it was " + alert.former_state + ")";
    if (!alert.text.empty()) line += ": " + alert.text;
    return "=> " + on_one_line(line).substr(0, longest_line) + " <=\r\n";
}

std::string choice_lines(const Alert& alert) {
    std::string lines;
    for (const OfferedChoice& one : alert.choices)
        lines += on_one_line("To " + one.choice + ", until " + text_of(one.expires) +
                             ": holdfast incident reply " + one.code)
                     .substr(0, longest_line) +
                 "\r\n";
    return lines.empty() ? lines : "\r\nOnce, as root on this node:\r\n" + lines;
}

// Wrapped as RFC 2045 section 6.8 asks.
std::string base64_lines(const std::string& text) {
    constexpr std::size_t width = 76;
    const std::string all = base64(text);
    std::string lines;
    for (std::size_t at = 0; at < all.size(); at += width)
        lines += all.substr(at, width) + "\r\n";
    return lines;
}

}  // namespace

std::string mail_text(const Alert& alert, const plan::MailPlan& plan) {
    const std::string& from = plan.from.address;
    const auto at = from.rfind('@');
    const std::string domain = at == std::string::npos ? "localhost" : from.substr(at + 1);
    const std::string body = body_line(alert) + choice_lines(alert);
    std::string text = "Date: " + date_text(alert.time) + "\r\nFrom: " + mailbox_text(plan.from) +
                       "\r\nSubject: " + header_text(subject_text(alert)) +
                       "\r\nX-Mailer: Keepalived\r\nTo: " + recipients_text(plan.recipients) +
                       "\r\nMessage-ID: <" + alert.id + "@" + domain + ">\r\n";
    if (is_ascii(body)) return text + "\r\n" + body;
    return text +
           "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
           "Content-Transfer-Encoding: base64\r\n\r\n" +
           base64_lines(body);
}

Letter mail_letter(const Alert& alert, const plan::MailPlan& plan) {
    Letter letter{.id = alert.id,
                  .what = alert.subject + " " + alert.state,
                  .text = mail_text(alert, plan),
                  .recipients = {}};
    for (const config::Mailbox& recipient : plan.recipients)
        letter.recipients.push_back(recipient.address);
    return letter;
}

bool MailFilter::passes(const Alert& alert) {
    if (skips_faults_ && alert.state == name_of(os::Happening::fault)) return false;
    std::string& mailed = mailed_[kind_text(alert) + " " + alert.subject];
    if (mailed == alert.state) return false;
    mailed = alert.state;
    return true;
}

void MailCarrier::send(const Letter& letter, Done done) {
    MailRequest request{.server = plan_.server,
                        .port = plan_.port,
                        .hello = plan_.hello,
                        .connect_timeout = plan_.connect_timeout,
                        .timeout = plan_.connect_timeout * patience_in_connect_times,
                        .from = plan_.from.address,
                        .recipients = letter.recipients,
                        .text = letter.text};
    auto started = client_.start(request, [this, done](const Result<MailAnswer>& answer) {
        running_ = nullptr;
        done(answer ? judge(*answer)
                    : Outcome{.kind = Outcome::Kind::delayed, .words = answer.error().text()});
    });
    if (!started) return done({.kind = Outcome::Kind::delayed, .words = started.error().text()});
    running_ = *started;
}

void MailCarrier::cancel() {
    if (running_ != nullptr) client_.cancel(std::exchange(running_, nullptr));
}

Outcome judge(const MailAnswer& answer) {
    if (answer.refusal) {
        Outcome outcome{
            .kind = Outcome::Kind::delayed, .words = answer.refusal->words, .delay = {.answered = true}};
        if (answer.refusal->is_final()) outcome.kind = Outcome::Kind::refused;
        return outcome;
    }
    Outcome outcome;
    std::vector<std::string> later;
    for (const Refusal& refused : answer.recipients) {
        outcome.words += (outcome.words.empty() ? "" : "; ") + refused.recipient + ": " + refused.words;
        if (!refused.is_final()) later.push_back(refused.recipient);
    }
    constexpr std::size_t longest_words = 600;
    if (outcome.words.size() > longest_words) outcome.words.resize(longest_words);
    if (!later.empty()) {
        outcome.kind = Outcome::Kind::delayed;
        outcome.delay = {.answered = true, .not_before = {}, .recipients = std::move(later)};
    } else if (!answer.recipients.empty() && !answer.accepted) {
        outcome.kind = Outcome::Kind::refused;
    }
    return outcome;
}

}  // namespace holdfast::checker
