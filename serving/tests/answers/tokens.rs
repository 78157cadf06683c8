//! An identity provider for tests: three keys, and tokens with anything wrong that one asks for.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use ring::{hmac, signature};
use serde_json::{Value, json};

pub(crate) const ISSUER: &str = "https://login.voorbeeldstad.nl";
pub(crate) const AUDIENCE: &str = "zichtlijn";

pub(crate) struct Provider {
    rsa: RsaKeyPair,
    ec: EcdsaKeyPair,
    ed: Ed25519KeyPair,
}

fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn now() -> u64 {
    std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()
}

impl Provider {
    pub(crate) fn new() -> Self {
        let random = SystemRandom::new();
        let ec = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let ed = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
        Self {
            // ring makes no RSA keys; this one was made for these tests and opens nothing.
            rsa: RsaKeyPair::from_pkcs8(include_bytes!("keys/rsa-for-tests.pk8")).unwrap(),
            ec: EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, ec.as_ref(), &random).unwrap(),
            ed: Ed25519KeyPair::from_pkcs8(ed.as_ref()).unwrap(),
        }
    }

    /// The key set.
    pub(crate) fn jwks(&self) -> Value {
        let rsa = PublicKeyComponents::<Vec<u8>>::from(self.rsa.public_key());
        let point = self.ec.public_key().as_ref();
        json!({ "keys": [
            { "kty": "RSA", "kid": "rsa", "use": "sig", "n": b64(&rsa.n), "e": b64(&rsa.e) },
            { "kty": "EC", "crv": "P-256", "kid": "ec", "x": b64(&point[1..33]), "y": b64(&point[33..]) },
            { "kty": "OKP", "crv": "Ed25519", "kid": "ed", "x": b64(self.ed.public_key()) },
        ] })
    }

    /// Claims that are right in every way.
    pub(crate) fn claims() -> Value {
        json!({ "iss": ISSUER, "aud": AUDIENCE, "sub": "j.jansen", "exp": now() + 600, "nbf": now() - 10,
                "roles": ["planner"], "gemeenten": ["GM9999"] })
    }

    /// A token, signed as its header says.
    pub(crate) fn token(&self, alg: &str, kid: &str, claims: &Value) -> String {
        let head = json!({ "typ": "JWT", "alg": alg, "kid": kid });
        let message = format!("{}.{}", b64(head.to_string()), b64(claims.to_string()));
        let signature = match alg {
            "RS256" => {
                let mut signature = vec![0; self.rsa.public().modulus_len()];
                let random = SystemRandom::new();
                self.rsa.sign(&RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut signature).unwrap();
                signature
            }
            "ES256" => self.ec.sign(&SystemRandom::new(), message.as_bytes()).unwrap().as_ref().to_vec(),
            "EdDSA" => self.ed.sign(message.as_bytes()).as_ref().to_vec(),
            // The classic mistake: the public key as the secret of an HMAC.
            "HS256" => {
                let secret = hmac::Key::new(hmac::HMAC_SHA256, self.rsa.public_key().as_ref());
                hmac::sign(&secret, message.as_bytes()).as_ref().to_vec()
            }
            _ => Vec::new(),
        };
        format!("{message}.{}", b64(signature))
    }

    /// A right token with one byte of its signature changed.
    pub(crate) fn forged(&self) -> String {
        let token = self.token("EdDSA", "ed", &Self::claims());
        let (message, signature) = token.rsplit_once('.').unwrap();
        let mut bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
        assert_eq!(bytes.len(), signature::ED25519_PUBLIC_KEY_LEN * 2);
        bytes[5] ^= 1;
        format!("{message}.{}", b64(bytes))
    }
}
