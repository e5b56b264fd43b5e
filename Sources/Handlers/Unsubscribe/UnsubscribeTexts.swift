/// What the unsubscribe page says, in one language.
struct UnsubscribeTexts: Sendable {
    /// A page's heading, which is its title too, and its paragraphs.
    struct Page: Sendable {
        var title: String
        var paragraphs: [String]
    }

    var confirm: Page
    var done: Page
    /// Asks beside the undo button.
    var mistake: String
    var undone: Page
    var kept: Page
    var invalid: Page
    var unavailable: Page

    var unsubscribe: String
    var undo: String
    /// Names the list of languages to those who hear the page.
    var languages: String

    /// The only place where they stand.
    init(_ language: Language) {
        switch language {
        case .english:
            confirm = Page(
                title: "Unsubscribe?",
                paragraphs: ["If you confirm, we will no longer send our mailings to this address."])
            done = Page(
                title: "You are unsubscribed",
                paragraphs: [
                    "We will no longer send our mailings to this address.",
                    "A mail that is already on its way may still arrive.",
                ])
            mistake = "Was that a mistake?"
            undone = Page(
                title: "You are subscribed again",
                paragraphs: ["We will go on sending our mailings to this address."])
            kept = Page(
                title: "This cannot be undone here",
                paragraphs: [
                    "Our mailings to this address are stopped for another reason, too.",
                    "If you would like to get them again, please reply to one of our mails.",
                ])
            invalid = Page(
                title: "This link does not work",
                paragraphs: [
                    "It is incomplete, or has been changed.",
                    "Please open it from the mail once more, or copy it as a whole. You can also reply to the mail and ask to be unsubscribed.",
                ])
            unavailable = Page(
                title: "Please try again",
                paragraphs: [
                    "We could not save your choice just now.",
                    "Please try again in a few minutes. You can also reply to the mail and ask to be unsubscribed.",
                ])
            unsubscribe = "Unsubscribe"
            undo = "Undo"
            languages = "Languages"
        case .spanish:
            confirm = Page(
                title: "¿Cancelar la suscripción?",
                paragraphs: ["Si lo confirma, dejaremos de enviar nuestros correos a esta dirección."])
            done = Page(
                title: "Suscripción cancelada",
                paragraphs: [
                    "Ya no enviaremos nuestros correos a esta dirección.",
                    "Es posible que aún llegue un correo que ya esté en camino.",
                ])
            mistake = "¿Ha sido un error?"
            undone = Page(
                title: "La suscripción vuelve a estar activa",
                paragraphs: ["Seguiremos enviando nuestros correos a esta dirección."])
            kept = Page(
                title: "Aquí no se puede deshacer",
                paragraphs: [
                    "Los envíos a esta dirección están detenidos también por otro motivo.",
                    "Si desea volver a recibirlos, responda a uno de nuestros correos.",
                ])
            invalid = Page(
                title: "Este enlace no funciona",
                paragraphs: [
                    "Está incompleto o ha sido modificado.",
                    "Ábralo de nuevo desde el correo o cópielo entero. También puede responder al correo y pedir la baja.",
                ])
            unavailable = Page(
                title: "Vuelva a intentarlo",
                paragraphs: [
                    "No hemos podido guardar su elección en este momento.",
                    "Vuelva a intentarlo dentro de unos minutos. También puede responder al correo y pedir la baja.",
                ])
            unsubscribe = "Cancelar la suscripción"
            undo = "Deshacer"
            languages = "Idiomas"
        case .german:
            confirm = Page(
                title: "Abmelden?",
                paragraphs: ["Wenn Sie bestätigen, schicken wir keine Rundmails mehr an diese Adresse."])
            done = Page(
                title: "Sie sind abgemeldet",
                paragraphs: [
                    "Wir schicken keine Rundmails mehr an diese Adresse.",
                    "Eine Mail, die schon unterwegs ist, kann noch ankommen.",
                ])
            mistake = "War das ein Versehen?"
            undone = Page(
                title: "Sie sind wieder angemeldet",
                paragraphs: ["Wir schicken unsere Rundmails weiterhin an diese Adresse."])
            kept = Page(
                title: "Das lässt sich hier nicht rückgängig machen",
                paragraphs: [
                    "Rundmails an diese Adresse sind auch aus einem anderen Grund gesperrt.",
                    "Wenn Sie sie wieder erhalten möchten, antworten Sie bitte auf eine unserer Mails.",
                ])
            invalid = Page(
                title: "Dieser Link funktioniert nicht",
                paragraphs: [
                    "Er ist unvollständig oder wurde verändert.",
                    "Bitte öffnen Sie ihn noch einmal aus der Mail, oder kopieren Sie ihn ganz. Sie können auch auf die Mail antworten und um Abmeldung bitten.",
                ])
            unavailable = Page(
                title: "Bitte versuchen Sie es noch einmal",
                paragraphs: [
                    "Wir konnten Ihre Wahl gerade nicht speichern.",
                    "Bitte versuchen Sie es in einigen Minuten wieder. Sie können auch auf die Mail antworten und um Abmeldung bitten.",
                ])
            unsubscribe = "Abmelden"
            undo = "Rückgängig machen"
            languages = "Sprachen"
        case .french:
            confirm = Page(
                title: "Se désabonner ?",
                paragraphs: ["Si vous confirmez, nous n’enverrons plus nos e-mails à cette adresse."])
            done = Page(
                title: "Vous êtes désabonné(e)",
                paragraphs: [
                    "Nous n’enverrons plus nos e-mails à cette adresse.",
                    "Un e-mail déjà en route peut encore arriver.",
                ])
            mistake = "C’était une erreur ?"
            undone = Page(
                title: "Vous êtes de nouveau abonné(e)",
                paragraphs: ["Nous continuerons à envoyer nos e-mails à cette adresse."])
            kept = Page(
                title: "Cela ne peut pas être annulé ici",
                paragraphs: [
                    "Nos envois à cette adresse sont aussi arrêtés pour une autre raison.",
                    "Pour les recevoir de nouveau, répondez à l’un de nos e-mails.",
                ])
            invalid = Page(
                title: "Ce lien ne fonctionne pas",
                paragraphs: [
                    "Il est incomplet ou a été modifié.",
                    "Ouvrez-le de nouveau depuis l’e-mail, ou copiez-le en entier. Vous pouvez aussi répondre à l’e-mail et demander à être désabonné(e).",
                ])
            unavailable = Page(
                title: "Veuillez réessayer",
                paragraphs: [
                    "Nous n’avons pas pu enregistrer votre choix pour le moment.",
                    "Réessayez dans quelques minutes. Vous pouvez aussi répondre à l’e-mail et demander à être désabonné(e).",
                ])
            unsubscribe = "Se désabonner"
            undo = "Annuler"
            languages = "Langues"
        }
    }
}
